"""Every component and its props.

A component is a template tag whose keyword-only signature is its list of props, so a misspelt
one stops the template. Tags with a body end in `end…`. The markup stands in
`templates/components/`, the styles in `static/portal/css/`. Each module is a library of tags that
the settings make known to every template; the gallery of the development site shows them all.
"""
