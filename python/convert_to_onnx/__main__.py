import argparse
from pathlib import Path

from .convert import Wanted, run


def main() -> None:
    parser = argparse.ArgumentParser(prog="convert_to_onnx", description="Converts an MLflow model to ONNX.")
    parser.add_argument("--model", required=True, help="folder with an MLmodel file")
    parser.add_argument("--data", help="folder with tables to compare the two models on")
    parser.add_argument("--opset", type=int, default=18)
    parser.add_argument("--tolerance", type=float, default=1e-3)
    parser.add_argument("--agreement", type=float, default=1.0, help="share of rows that must agree")
    parser.add_argument("--output", type=Path, required=True, help="folder for model.onnx")
    parser.add_argument("--report", type=Path, required=True, help="folder for report.json")
    given = vars(parser.parse_args())
    run(Wanted(**{**given, "report": given["report"] / "report.json"}))


main()
