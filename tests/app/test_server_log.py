"""The log of the server: what matters stays, and a closed page is no news."""

import asyncio
import logging

import pytest
from tornado.iostream import StreamClosedError
from tornado.websocket import WebSocketClosedError

from app import app_hooks


@pytest.fixture
def filtered(monkeypatch):
    monkeypatch.setattr(app_hooks, "_import_early", lambda then: None)
    app_hooks.on_server_loaded(None)
    app_hooks.on_server_loaded(None)
    yield
    for name in ("asyncio", "tornado.application"):
        logging.getLogger(name).removeFilter(app_hooks.is_news)
        assert app_hooks.is_news not in logging.getLogger(name).filters


@pytest.mark.parametrize("name", ["asyncio", "tornado.application"])
@pytest.mark.parametrize(
    ("fault", "kept"), [(WebSocketClosedError(), False), (StreamClosedError(), False), (ValueError("bad"), True)]
)
def test_a_page_that_was_closed_is_no_news_and_any_other_fault_is(filtered, caplog, name, fault, kept):
    logging.getLogger(name).error("Task exception was never retrieved", exc_info=fault)
    logging.getLogger(name).error("A sentence without a fault.")
    assert len(caplog.records) == 1 + kept


def test_a_task_that_wrote_to_a_closed_page_is_not_in_the_log(filtered, caplog):
    async def visit(fault):
        async def write():
            raise fault

        task = asyncio.create_task(write())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        del task

    asyncio.run(visit(WebSocketClosedError()))
    assert caplog.records == []
    asyncio.run(visit(ValueError("bad")))
    assert len(caplog.records) == 1
