"""Pictures as answers: which font the installation has, and who may keep them."""

from flask import Response, current_app, make_response, request

from crm.domain.platform.drawing import Picture
from crm.web.headers import ASK_AGAIN


def configured_font() -> str:
    """The font file that the installation names, if any."""
    return str(current_app.config["CRM_FONT"] or "")


def answer(picture: Picture) -> Response:
    """The chart as a PNG, drawn with this person's rights; the browser asks again whether it has changed."""
    if request.if_none_match.contains(picture.etag):
        response = Response(status=304)
    else:
        response = make_response(picture.body)
        response.mimetype = "image/png"
    response.set_etag(picture.etag)
    response.headers["Cache-Control"] = ASK_AGAIN
    return response
