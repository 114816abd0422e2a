import { stringify } from "yaml";

/** Environments that Azure ML ships under names of its own, and that files name without defining them. */
interface Curated {
  /** Of the name without its version or label. */
  name: RegExp;
  python: string;
  packages: string[];
}

/** What all of them have: tracking, and what scripts take for granted, such as methods that pandas 2 no longer has. */
const common = ["mlflow-skinny==2.22.1", "pandas==1.5.3", "numpy==1.26.4", "matplotlib==3.9.4", "setuptools==78.1.1"];

const curated: Curated[] = [
  {
    name: /^(azureml-)?(sklearn|scikit-learn)-[\d.]+/i,
    python: "3.11",
    packages: [...common, "scikit-learn==1.5.2", "scipy==1.13.1", "joblib==1.4.2", "pyarrow==19.0.1"],
  },
  {
    name: /^(azureml-)?lightgbm-[\d.]+/i,
    python: "3.11",
    packages: [...common, "scikit-learn==1.5.2", "scipy==1.13.1", "lightgbm==3.3.5", "xgboost-cpu==2.1.4"],
  },
  {
    name: /^(azureml-)?(tensorflow|tf)-[\d.]+/i,
    python: "3.11",
    packages: [...common, "tensorflow-cpu==2.16.2", "tf-keras==2.16.0", "scikit-learn==1.5.2", "tensorboard==2.16.2"],
  },
  {
    name: /^(azureml-)?((acpt-)?pytorch-[\d.]+|acpt-extended)/i,
    python: "3.11",
    packages: [...common, "torch==2.6.0", "torchvision==0.21.0", "scikit-learn==1.5.2", "tensorboard==2.16.2"],
  },
  {
    name: /^(azureml-)?responsibleai/i,
    python: "3.10",
    packages: ["mlflow-skinny==2.22.1", "responsibleai==0.36.0", "raiwidgets==0.36.0", "setuptools==78.1.1"],
  },
];

/**
 * The definition that Trainyard ships for a curated environment of Azure ML: the same kind of packages, from the package
 * index and for the processor. Undefined for a name that is none of those.
 */
export function findCurated(name: string): { condaFile: string; image: null } | undefined {
  const found = curated.find((one) => one.name.test(name));
  if (!found) return undefined;
  const dependencies = [`python=${found.python}`, "pip", { pip: found.packages }];
  return { condaFile: stringify({ name: name.toLowerCase(), dependencies }), image: null };
}
