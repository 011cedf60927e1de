from __future__ import annotations

import copy

import pytest

from assessments.core import loading
from assessments.core.engines import UnknownEngine
from assessments.questionnaires.actions import load_edition
from assessments.questionnaires.models import InstrumentEdition
from tests.factories import shipped_instrument


@pytest.mark.django_db
def test_an_edition_of_an_unknown_engine_is_not_stored() -> None:
    document = copy.deepcopy(dict(shipped_instrument().document))
    document["scoring"]["name"] = "cmi-score 9.9"
    content = loading.parse(document, checked=True)  # whoever says so

    with pytest.raises(UnknownEngine, match=r"'cmi-score 9\.9', which is no engine"):
        load_edition(content=content)

    assert InstrumentEdition.objects.count() == 0
