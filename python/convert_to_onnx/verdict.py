"""Fails when the report says that the two models answer differently. Needs nothing but Python itself."""

import json
import sys

if __name__ == "__main__":
    with open(f"{sys.argv[1]}/report.json") as file:
        report = json.load(file)
    print(report["message"])
    for sample in (report["conversion"] or {"samples": []})["samples"]:
        for output in sample["outputs"]:
            facts = ", ".join(f"{key} {value}" for key, value in output.items() if key not in ("name", "kind"))
            print(f"  {sample['name']}, {sample['rows']} rows, {output['name']}: {facts}")
    sys.exit(0 if report["passed"] else 1)
