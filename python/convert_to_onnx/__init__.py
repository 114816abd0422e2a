"""Converts an MLflow model to ONNX and compares the two. Runs in a step, in the model's own environment.

It is the only place of Trainyard where a registered model is loaded the way Python does it, which may run code that
came with the model.
"""
