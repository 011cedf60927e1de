"""What the report's templates draw and how they set a respondent's words."""

from django import template

from assessments.reports import html

register = template.Library()

register.simple_tag(html.mark, name="mark")
register.simple_tag(html.bar, name="bar")
register.simple_tag(html.gap_mark, name="gap_mark")
register.simple_tag(html.slopes, name="slopes")
register.simple_tag(html.squares, name="squares")
register.filter("shortened", html.shortened)
register.filter("text_direction", html.direction)
