"""Features of foundation models for ProbeSweep, and its results and heads in Python."""
