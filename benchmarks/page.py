"""B8: how fast a written page is in a real browser: first picture, and frames while scrubbing.

    python -m benchmarks.page DIR [--frames 200]

Opens DIR/interface.html from disk in a fresh Chromium three times; then moves the timeline frame by frame, as dragging
does, and takes the time from one drawn frame to the next.
"""

import argparse
import shutil
from pathlib import Path
from statistics import median

from benchmarks.rows import Row
from benchmarks.setting import MissingPeer, Setting

SCRUB = """async (count) => {
  const { app } = rlvis, script = [], interval = [];
  let last = await new Promise(requestAnimationFrame);
  for (let frame = 0; frame < count; frame++) {
    const begun = performance.now();
    app.goTo({ frame });
    app.render();
    script.push(performance.now() - begun);
    const now = await new Promise(requestAnimationFrame);
    interval.push(now - last);
    last = now;
  }
  const sorted = (times) => times.sort((a, b) => a - b);
  return [sorted(script), sorted(interval)];
}"""


def measure_page(directory: Path, frames: int = 200, openings: int = 3) -> dict[str, list[float]]:
    """Milliseconds, each list ascending: "first picture" of every opening, "script" and "interval" of every frame.

    Raises:
        ImportError: without playwright.
        FileNotFoundError: without Chromium.
    """
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium")
    if chromium is None:
        raise FileNotFoundError("chromium is missing; on Debian apt-get install chromium")
    first, flags = [], ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
    with sync_playwright() as playwright:
        for _ in range(openings):
            browser = playwright.chromium.launch(executable_path=chromium, args=flags)
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.goto((Path(directory).resolve() / "interface.html").as_uri())
            page.wait_for_function("() => rlvis.app && rlvis.app.firstPicture")
            first.append(page.evaluate("rlvis.app.firstPicture"))
            page.wait_for_timeout(1000)
            script, interval = page.evaluate(SCRUB, frames)
            browser.close()
    return {"first picture": sorted(first), "script": script, "interval": interval}


def measure(setting: Setting) -> list[Row]:
    """B8: rows for the first picture and for frames while scrubbing, of the reference workload's interface."""
    try:
        times = measure_page(Path(setting.workload.directory), 32 if setting.quick else 127)
    except (ImportError, FileNotFoundError) as error:
        raise MissingPeer(str(error)) from error
    wanted = {"first picture": "wanted: within 1 s", "script": "of its own work", "interval": "wanted: within 16 ms, with the browser's own work"}
    return [Row("B8", "page from disk, Chromium without GPU", f"{name}, median", median(each) / 1000, note=f"{spread(each)} ms; {wanted[name]}") for name, each in times.items()]


def spread(times: list[float]) -> str:
    """The median, 95th percentile and largest of ascending times."""
    return f"median {median(times):.1f}, 95 % {times[int(0.95 * len(times))]:.1f}, worst {times[-1]:.1f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directory", type=Path)
    parser.add_argument("--frames", type=int, default=200)
    arguments = parser.parse_args()
    times = measure_page(arguments.directory, arguments.frames)
    print("first picture, ms:", ", ".join(f"{value:.0f}" for value in times["first picture"]))
    print(f"script per frame, ms: {spread(times['script'])}")
    print(f"from frame to frame, ms: {spread(times['interval'])}")


if __name__ == "__main__":
    main()
