"""dlaudit inside other tools: the notebook, pandas, Fairlearn, SHAP, pytest, MLflow."""
