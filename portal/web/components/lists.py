"""Lists of what is to be done, was answered or means something, and the progress of a job."""

from __future__ import annotations

from typing import Final

from django import template
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.translation import gettext_lazy

from portal.web.components.props import Props, one_of

register = template.Library()

TASK_STATUS: Final = {
    "not-started": gettext_lazy("Not started"),
    "in-progress": gettext_lazy("In progress"),
    "done": gettext_lazy("Done"),
    "cannot-start": gettext_lazy("Cannot start yet"),
}


@register.simple_block_tag
def task_list(content: str, *, heading: str = "", note: str = "") -> str:
    return render_to_string(
        "components/task_list.html", {"content": content, "heading": heading, "note": note}
    )


@register.inclusion_tag("components/task.html")
def task(*, title: str, status: str, url: str = "", hint: str = "", code: str = "") -> Props:
    """One row of a task list. status: not-started, in-progress, done or cannot-start."""
    return {
        "title": title,
        "status": one_of(status, TASK_STATUS, "status"),
        "word": TASK_STATUS[status],
        "url": url,
        "hint": hint,
        "code": code,
    }


@register.simple_block_tag
def summary_list(content: str) -> str:
    """Hold `summary_row` tags: what was said, each with a way to change it."""
    return format_html('<dl class="summary-list">{}</dl>', content)


@register.inclusion_tag("components/summary_row.html")
def summary_row(*, key: str, value: object, change_url: str = "", note: str = "") -> Props:
    return {"key": key, "value": value, "change_url": change_url, "note": note}


@register.simple_block_tag
def definitions(content: str, *, kind: str = "facts") -> str:
    """Hold `definition` tags. kind: facts (two columns) or glossary."""
    return format_html(
        '<dl class="definitions definitions-{}">{}</dl>',
        one_of(kind, ("facts", "glossary"), "kind"),
        content,
    )


@register.inclusion_tag("components/definition.html")
def definition(*, term: str, text: object, anchor: str = "", url: str = "") -> Props:
    """One term; nothing at all when its text is empty, so unknown fields leave no gap."""
    return {"term": term, "text": text, "anchor": anchor, "url": url}


@register.inclusion_tag("components/progress_bar.html")
def progress_bar(*, label: str, value: int, maximum: int = 100, note: str = "") -> Props:
    return {"label": label, "value": value, "maximum": maximum, "note": note}


@register.inclusion_tag("components/report_progress.html")
def report_progress(*, state_url: str, progress: int, stage: str, report_url: str = "") -> Props:
    """A bar that follows a job; the page needs `portal/js/progress.js`, or reloads without scripts.

    `state_url` answers {"state", "progress", "stage", "finished", "url"}; once finished, the
    reader is taken to `url`. With `report_url` the page stays, for it is being read, and says
    where the report is.
    """
    return {
        "state_url": state_url,
        "progress": progress,
        "stage": stage,
        "report_url": report_url,
    }
