"""freee's answers: JSON as it stands, and its three shapes of error.

Texts are from https://developer.freee.co.jp/reference/40x-checkpoint where freee publishes them.
"""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING

from fastapi import Response

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

BAD_REQUEST = "不正なリクエストです。"
NOT_ALLOWED = "アクセス権限がありません。"
ASK_ADMIN = "このAPIにアクセスしたい場合、事業所の管理者にご確認ください。"
NO_COMPANY = "存在しないかすでに削除された事業所です。"
PLAN = "有料プランをご利用中の事業所のみご利用いただけます。"
NOT_FOUND = "リソースが見つかりません。"
EXPIRED = "アクセスする権限がありません"
INVALID_GRANT = "指定された認可グラントは不正か、有効期限切れか、無効か、リダイレクトURIが異なるか、もしくは別のクライアントに適用されています。"
INVALID_CLIENT = "クライアントが不明か、クライアント認証が含まれていないか、もしくは認証メソッドがサポートされていないため、クライアント認証は失敗しました。"


class RefusedError(Exception):
    """freee refuses: the answer to give."""

    def __init__(self, status: int, body: object) -> None:
        super().__init__(f"{status} {body}")
        self.status = status
        self.body = body

    @property
    def answer(self) -> Response:
        """The refusal as it goes over the wire."""
        return json_answer(self.body, self.status)


def json_answer(body: object, status: int = 200) -> Response:
    """JSON as freee writes it: UTF-8, no spaces."""
    return raw_answer(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(), status)


def raw_answer(body: bytes, status: int = 200) -> Response:
    """JSON that is written already."""
    return Response(body, status, media_type="application/json; charset=utf-8")


def invalid(*messages: str) -> RefusedError:
    """400: parameters are not what they should be."""
    return RefusedError(
        400,
        _nested(
            400, [{"type": "status", "messages": [BAD_REQUEST]}, {"type": "validation", "messages": list(messages)}]
        ),
    )


def not_found(message: str) -> RefusedError:
    """404: it does not exist, or not any more."""
    return RefusedError(
        404, _nested(404, [{"type": "status", "messages": [NOT_FOUND]}, {"type": "validation", "messages": [message]}])
    )


def expired() -> RefusedError:
    """401, flat: the access token has expired, or was never good."""
    return RefusedError(401, {"message": EXPIRED, "code": "expired_access_token"})


def no_company() -> RefusedError:
    """401: the company is not the token's."""
    return _refused("company_not_found", [NOT_ALLOWED, NO_COMPANY])


def no_right(resource: str, action: str) -> RefusedError:
    """401: the authorising user may not. The messages name the resource and the action, as freee's do."""
    return _refused(
        "user_do_not_have_permission", [NOT_ALLOWED, "company_admin", f"api/v1/{resource}", action, ASK_ADMIN]
    )


def no_plan() -> RefusedError:
    """401: the company's plan has not got it."""
    return _refused("freee_plan_limit", [NOT_ALLOWED, PLAN])


def oauth_error(status: int, error: str, description: str) -> RefusedError:
    """The accounts server's shape."""
    return RefusedError(status, {"error": error, "error_description": description})


class RequestIds:
    """An ASGI middleware that puts X-Freee-Request-ID on every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, with the header added."""

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"x-freee-request-id", uuid.uuid4().hex.encode())]
            await send(message)

        await self.app(scope, receive, send_with_id if scope["type"] == "http" else send)


def _refused(code: str, messages: list[str]) -> RefusedError:
    return RefusedError(401, _nested(401, [{"type": "status", "messages": messages, "codes": [code]}]))


def _nested(status: int, errors: list[dict[str, object]]) -> dict[str, object]:
    return {"status_code": status, "errors": errors}
