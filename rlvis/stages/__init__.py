"""Results of the pipeline's stages, kept in files named by what they depend on: an interrupted run resumes, and a changed option recomputes only what depends on it."""
