"""The tag that keeps a link within the list the reader came from."""

from django import template

from cases.views.queue import trail_query

register = template.Library()


@register.simple_tag(takes_context=True)
def list_query(context: template.Context, joint: str) -> str:
    """Return the list's name, filters and sort to be put behind an address, after `?` or `&`; "" outside a list."""
    kept = trail_query(context.request)
    return f"{joint}{kept}" if kept else ""
