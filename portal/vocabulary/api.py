"""Countries over the API."""

# mypy: disable-error-code="assignment"
# DRF takes fields off the class, so one called `data` or `label` hides nothing of a serializer.

from __future__ import annotations

from typing import Any

from rest_framework.fields import CharField, DictField
from rest_framework.request import Request
from rest_framework.response import Response

from portal.api.base import TableView, envelope
from portal.api.serializers import Out, Payload
from portal.vocabulary import countries
from portal.vocabulary.countries import Country


class CountryOut(Out):
    code = CharField(help_text="ISO 3166-1 alpha-2.")
    iso3 = CharField()
    names = DictField(child=CharField())
    region = CharField(allow_null=True, help_text="Code in the list `regions`.")
    income_group = CharField(allow_null=True, help_text="Code in the list `income-groups`.")


class CountryListOut(Payload):
    list = CharField()
    title = CharField()
    vintage = CharField(help_text="Which dated list of regions and income groups this is.")
    data = CountryOut(many=True)


COUNTRIES_TITLE = "Countries with World Bank region and income group"


class Countries(TableView):
    """Countries of ISO 3166-1 with their World Bank region and income group at one vintage."""

    tag = "Code lists"
    summary = "Read the list of countries"
    answer = CountryListOut
    columns = (
        *("code", "iso3", "names.en", "names.fr", "names.es", "names.ar", "region"),
        *("income_group", "vintage", "licence"),
    )

    def get(self, request: Request) -> Response:
        rows = [_codes_of(country) for country in countries.countries()]
        data = CountryOut(rows, many=True).data
        return Response(
            envelope(list="countries", title=COUNTRIES_TITLE, vintage=countries.VINTAGE, data=data)
        )


def _codes_of(country: Country) -> dict[str, Any]:
    """Return a country with its region and income group as the codes that releases use."""
    return {
        "code": country.iso2,
        "iso3": country.iso3,
        "names": {language: name for language, name in country.names.items() if name},
        "region": country.region_code,
        "income_group": country.income_group or None,
    }
