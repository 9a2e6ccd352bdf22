"""The report in a real browser: nothing asked of a network, nothing complained of, all readable."""

import base64
import json
import shutil
import subprocess
import time
import urllib.request
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from report_world import CONTEXT, build_publish
from websockets.sync.client import ClientConnection, connect

from cx_pipeline.report.page import write_report

pytestmark = pytest.mark.system

# Contrast of each text against what lies behind it, by WCAG 2.2; returns those under 4.5 to 1.
_CONTRAST = """
(() => {
  const parse = c => (c.match(/[\\d.]+/g) || [0, 0, 0, 0]).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const painted = (e, property) => {
    const c = parse(getComputedStyle(e)[property]);
    return c.length < 4 || c[3] > 0 ? c : null;
  };
  const behind = e => {
    const box = e.getBoundingClientRect();
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    const drawn = e.closest('svg')
      ? document.elementsFromPoint(x, y).filter(o => ['path', 'rect'].includes(o.tagName)
          && getComputedStyle(o).fill !== 'none' && getComputedStyle(o).opacity === '1')
      : [];
    const shape = drawn.map(o => painted(o, 'fill')).find(c => c);
    if (shape) return shape;
    for (; e; e = e.parentElement) {
      const c = painted(e, 'backgroundColor');
      if (c) return c;
    }
    return [255, 255, 255];
  };
  const under = [];
  for (const e of document.querySelectorAll('body *')) {
    const own = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!own || ['STYLE', 'title'].includes(e.tagName) || !e.getClientRects().length) continue;
    const style = getComputedStyle(e);
    const ink = light(parse(e.closest('svg') ? style.fill : style.color));
    const page = light(behind(e));
    const ratio = (Math.max(ink, page) + 0.05) / (Math.min(ink, page) + 0.05);
    if (ratio < 4.5) under.push(`${e.tagName} ${e.textContent.slice(0, 30)} ${ratio.toFixed(2)}`);
  }
  return under;
})()
"""


class Tab:
    """One tab of a headless Chromium, driven by its own protocol."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.events: list[dict[str, Any]] = []
        self.number = 0
        for domain in ("Page", "Network", "Log", "Runtime"):
            self.tell(f"{domain}.enable")

    def tell(self, method: str, **params: Any) -> Any:
        self.number += 1
        self.socket.send(json.dumps({"id": self.number, "method": method, "params": params}))
        while True:
            said = json.loads(self.socket.recv(timeout=60))
            if said.get("id") == self.number:
                assert "error" not in said, said
                return said["result"]
            self.events.append(said)

    def ask(self, script: str) -> Any:
        told = self.tell("Runtime.evaluate", expression=script, returnByValue=True)
        return told["result"].get("value")

    def open(self, page: Path, *, width: int, height: int = 900, scheme: str = "light") -> None:
        self.tell("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=1, mobile=False)  # fmt: skip
        self.tell("Emulation.setEmulatedMedia",
                  features=[{"name": "prefers-color-scheme", "value": scheme}])  # fmt: skip
        self.tell("Page.navigate", url=page.as_uri())
        for _ in range(200):
            if self.ask("document.readyState") == "complete":
                return
            time.sleep(0.05)
        pytest.fail("the page never finished loading")

    def of(self, method: str) -> list[dict[str, Any]]:
        return [event["params"] for event in self.events if event.get("method") == method]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    build_publish(folder / "cx_marts.duckdb")
    with duckdb.connect(str(folder / "cx_marts.duckdb"), read_only=True) as con:
        write_report(con, folder / "report.html", CONTEXT)
    return folder / "report.html"


@pytest.fixture
def tab(tmp_path: Path) -> Iterator[Tab]:
    chromium = shutil.which("chromium")
    assert chromium, "chromium is missing; install it with: apt-get install chromium"
    browser = subprocess.Popen(
        [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0",
         "--disable-background-networking", f"--user-data-dir={tmp_path}", "about:blank"],
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        told = tmp_path / "DevToolsActivePort"
        for _ in range(400):
            if told.exists() and told.read_text().count("\n"):
                break
            time.sleep(0.05)
        port = told.read_text().split()[0]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list", timeout=20) as answer:
            tabs = json.load(answer)
        address = next(t["webSocketDebuggerUrl"] for t in tabs if t["type"] == "page")
        with connect(address, max_size=None) as socket:
            yield Tab(socket)
    finally:
        browser.terminate()
        browser.wait(timeout=20)


def test_it_asks_nothing_of_any_network_and_complains_of_nothing(tab: Tab, page: Path) -> None:
    tab.open(page, width=1280)
    asked = {told["request"]["url"] for told in tab.of("Network.requestWillBeSent")}
    assert {url for url in asked if not url.startswith("data:")} == {page.as_uri()}
    complaints = tab.of("Log.entryAdded") + tab.of("Runtime.consoleAPICalled")
    assert complaints + tab.of("Runtime.exceptionThrown") == []


def test_its_text_is_seen(tab: Tab, page: Path) -> None:
    tab.open(page, width=1280)
    text = tab.ask("document.body.innerText")
    for words in ("Customer experience as of 17 Nov 2026", "Net Promoter Score", "Abandonment rate",
                  "Where that leaves", "<script>alert('x')</script>"):  # fmt: skip
        assert words in text
    assert tab.ask("document.querySelectorAll('figure svg').length") > 15


@pytest.mark.parametrize("width", [360, 768, 1280, 1920])
def test_it_fits_every_width(tab: Tab, page: Path, width: int) -> None:
    tab.open(page, width=width)
    assert tab.ask("document.documentElement.scrollWidth") <= width
    smallest = tab.ask(
        "Math.min(...[...document.querySelectorAll('figure:not(.wide) svg text')]"
        ".map(t => t.getBoundingClientRect().height))"
    )
    assert smallest >= 9, "the words in charts stay readable"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out(tab: Tab, page: Path, scheme: str) -> None:
    tab.open(page, width=1280, height=12_000, scheme=scheme)
    assert tab.ask(_CONTRAST) == []


def test_it_is_drawn_and_prints(tab: Tab, page: Path) -> None:
    tab.open(page, width=1280)
    picture = base64.b64decode(tab.tell("Page.captureScreenshot", format="png")["data"])
    start = picture.index(b"IDAT") + 4
    shades = set(zlib.decompressobj().decompress(picture[start:], 500_000))
    assert len(shades) > 50, "the picture is not blank"
    printed = base64.b64decode(tab.tell("Page.printToPDF")["data"])
    assert printed.startswith(b"%PDF") and len(printed) > 50_000
