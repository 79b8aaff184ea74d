"""Errors to a Sentry of the operator's choice, stripped of everything about people."""

from typing import Any

from portal.operations.logs import scrubbed, told

KEPT = {
    "event_id",
    "timestamp",
    "level",
    "logger",
    "platform",
    "release",
    "environment",
    "transaction",
    "exception",
    "sdk",
    "modules",
    "tags",
}


def start(dsn: str, release: str, **options: Any) -> None:
    """Report errors there. Neither requests, nor people, nor variables, nor earlier log lines go along."""
    # Imported here: without a DSN nothing of it is loaded.
    import sentry_sdk

    sentry_sdk.init(
        dsn=dsn,
        release=release,
        environment="production",
        send_default_pii=False,
        include_local_variables=False,
        include_source_context=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        send_client_reports=False,
        before_send=stripped,
        before_send_transaction=lambda event, hint: None,
        **options,
    )


def stripped(event: dict[str, Any], hint: dict[str, Any]) -> dict[str, Any]:
    """Keep what tells where the code failed; each text is cleaned as for the log."""
    kept = {name: value for name, value in event.items() if name in KEPT}
    if entry := event.get("logentry"):
        kept["logentry"] = {"message": scrubbed(str(entry.get("message", "")))}
    error = hint.get("exc_info", (None, None, None))[1]
    for value in kept.get("exception", {}).get("values", []):
        same = error is not None and value.get("type") == type(error).__name__
        value["value"] = told(error) if same else ""
    return kept
