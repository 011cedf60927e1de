"""What the report's templates draw and how they set a respondent's words."""

from django import template

from assessments.reports import html, pictures

register = template.Library()

register.simple_tag(pictures.mark, name="mark")
register.simple_tag(pictures.bar, name="bar")
register.simple_tag(pictures.gap_mark, name="gap_mark")
register.simple_tag(pictures.slopes, name="slopes")
register.simple_tag(pictures.squares, name="squares")
register.filter("shortened", html.shortened)
register.filter("text_direction", html.direction)
