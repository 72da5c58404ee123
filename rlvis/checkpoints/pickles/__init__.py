"""Pickles read as data: nothing they name is ever imported or called.

Read `safe_pickle.py` (the reader), then what it is taught about: `numpy_arrays.py`, `torch_tensors.py`,
`joblib_arrays.py`, and `plain_data.py`, which turns what was read into named arrays.
"""
