"""The last stage: what the other stages found becomes a page.

Takes `InterfaceContent` (what the page is about) and, one at a time, `TrajectoryContent`, `MapContent` with its
`MapPlanes`, and `FeatureContent`, all plain NumPy data; gives a directory with `interface.html`, `data/*.js` and
`manifest.json`. In between stands the view model: an index (`view_model.py`), and chunks of arrays and pictures
(`chunks.py`) that the page loads when it needs them.
"""
