"""From attribution to channels `(N, h, w, c)` to attribution to a few features a person can look at, and pictures of those.

Read `nmf.py` (finding the features), `attribution_features.py` (attribution in their terms), `dataset_examples.py` and
`optimization.py` (pictures of them), `editing.py` (making an agent blind to one). `factorization.py`,
`nonnegative_least_squares.py` and `row_sample.py` are what makes NMF of millions of rows take seconds.
"""
