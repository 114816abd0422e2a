type Names = string[] | RegExp;

/** Classes by the usual spelling; what is written in small letters is a function and is named one by one. */
const classes = /^_?[A-Z][A-Za-z0-9]*$/;

const sklearnModules =
  /^sklearn\.(calibration|cluster|compose|covariance|cross_decomposition|decomposition|discriminant_analysis|dummy|ensemble|feature_extraction|feature_selection|frozen|gaussian_process|impute|isotonic|kernel_approximation|kernel_ridge|linear_model|manifold|mixture|model_selection|multiclass|multioutput|naive_bayes|neighbors|neural_network|pipeline|preprocessing|random_projection|semi_supervised|svm|tree|_loss)(\.\w+)*$/;

/**
 * All that a pickle may import. A class is on the list when making one, and filling it with anything, runs nothing and
 * opens nothing. Not on it, for that reason: `scipy.stats` (compiles text of its state), ufuncs by name (import any
 * module), `getattr`, anything of the standard library but containers.
 */
const allowed: [module: string | RegExp, names: Names][] = [
  [
    /^(builtins|__builtin__)$/,
    "object bool int float complex str bytes bytearray list tuple dict set frozenset slice range long unicode".split(
      " ",
    ),
  ],
  ["collections", ["OrderedDict", "defaultdict", "deque", "Counter"]],
  [/^(copyreg|copy_reg)$/, ["_reconstructor"]],
  ["_codecs", ["encode"]],
  ["datetime", ["date", "datetime", "time", "timedelta", "timezone"]],
  ["decimal", ["Decimal"]],
  ["fractions", ["Fraction"]],
  ["uuid", ["UUID"]],

  [
    "numpy",
    /^(ndarray|dtype|matrix|generic|bool_?|float(16|32|64|128)|u?int(8|16|32|64)|complex(64|128)|str_|bytes_|datetime64|timedelta64|mean)$/,
  ],
  [/^numpy\.dtypes$/, /^[A-Z]\w*DType$/],
  [/^numpy\.(core|_core)\.multiarray$/, ["_reconstruct", "scalar"]],
  [/^numpy\.(core|_core)\.numeric$/, ["_frombuffer"]],
  [/^numpy\.ma(\.core)?$/, ["MaskedArray", "_mareconstruct"]],
  ["numpy.random._pickle", ["__randomstate_ctor", "__generator_ctor", "__bit_generator_ctor"]],
  [/^numpy\.random\._(mt19937|pcg64|philox|sfc64)$/, ["MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64"]],
  ["numpy.random.mtrand", ["RandomState"]],
  ["numpy.random._generator", ["Generator"]],
  [/^numpy\.random\.(_)?bit_generator$/, ["SeedSequence", "__pyx_unpickle_SeedSequence"]],

  [/^scipy\.sparse(\._?\w+)?$/, /^(csr|csc|coo|bsr|dia|dok|lil)_(matrix|array)$/],
  [/^scipy\.interpolate(\._?\w+)?$/, ["BSpline", "interp1d", "PchipInterpolator", "PPoly", "CubicSpline"]],
  ["scipy._lib.array_api_compat.numpy._aliases", ["asarray"]],

  [/^pandas\.core\.(frame|series|indexes\.\w+|internals\.\w+|arrays\.\w+|dtypes\.dtypes|generic)$/, classes],
  ["pandas.core.indexes.base", ["_new_Index"]],
  ["pandas._libs.internals", ["_unpickle_block"]],
  ["pandas.core.internals.blocks", ["new_block"]],
  [/^pandas\._libs\.arrays$/, ["__pyx_unpickle_NDArrayBacked"]],
  [/^pandas\._libs\.tslibs\.\w+$/, ["_timestamp_unpickle", "Timestamp", "Timedelta", "_nat_unpickle"]],

  ["joblib.numpy_pickle", ["NumpyArrayWrapper"]],

  [sklearnModules, classes],
  ["sklearn.tree._tree", ["Tree"]],
  [/^sklearn\._loss\._loss$/, /^(__pyx_unpickle_)?Cy[A-Z]\w*$/],
  [/^sklearn\.metrics\._(scorer|dist_metrics|pairwise_distances_reduction\.\w+)$/, /^(_?[A-Z]\w*|newObj)$/],
  [/^sklearn\.metrics\._(classification|regression|ranking)$/, /^[a-z]\w*_(score|error|loss)$/],
  ["sklearn.metrics.pairwise", /^[a-z]+_(kernel|distances)$/],
  [/^sklearn\.neighbors\._(kd_tree|ball_tree)$/, ["newObj"]],
  ["sklearn.cluster._kmeans", ["_kmeans_single_lloyd", "_kmeans_single_elkan"]],
  [
    /^sklearn\.feature_selection\._(univariate_selection|mutual_info_)$/,
    /^(f_classif|f_regression|chi2|mutual_info_(classif|regression))$/,
  ],
  [/^sklearn\.linear_model\._sgd_fast$/, classes],
  [/^sklearn\.utils\._(bunch|metadata_requests)$/, /^(Bunch|MetadataRequest|MethodMetadataRequest|MetadataRouter)$/],
  ["sklearn.utils.deprecation", ["_reconstruct"]],

  ["mlflow.pyfunc.model", ["PythonModel"]],
  ["mlflow.models.signature", ["_TypeHints"]],

  [/^xgboost\.(core|sklearn)$/, /^(Booster|XGB\w+)$/],
  [/^lightgbm\.(basic|sklearn)$/, /^(Booster|LGBM\w+)$/],
  [/^catboost\.core$/, /^CatBoost\w*$/],

  [
    /^torch$/,
    /^(Size|device|dtype|Tensor|\w+Storage|u?int\d+|float\d+|bfloat16|complex\d+|bool|half|double|long|short|strided|contiguous_format|preserve_format|per_(tensor|channel)_affine)$/,
  ],
  [/^torch\.(cuda|storage)$/, /^(\w+Storage)$/],
  [
    /^torch\._utils$/,
    /^_rebuild_(tensor|tensor_v2|tensor_v3|parameter|parameter_with_state|sparse_tensor|qtensor|device_tensor_from_numpy|meta_tensor_no_storage)$/,
  ],
  ["torch._tensor", ["_rebuild_from_type_v2"]],
  ["torch.nn.parameter", ["Parameter", "Buffer"]],
  ["torch.serialization", ["_get_layout"]],
  [/^torch\.nn\.modules\.\w+$/, classes],
  [/^torch\.optim\.\w+$/, classes],
];

const byText = new Map<string, Names[]>();
const byPattern: [RegExp, Names][] = [];
for (const [module, names] of allowed) {
  if (typeof module === "string") byText.set(module, [...(byText.get(module) ?? []), names]);
  else byPattern.push([module, names]);
}

const isOne = (names: Names, name: string): boolean => (Array.isArray(names) ? names.includes(name) : names.test(name));

/** Whether a pickle may import this without being held. */
export const isAllowed = (module: string, name: string): boolean =>
  (byText.get(module) ?? []).some((names) => isOne(names, name)) ||
  byPattern.some(([pattern, names]) => pattern.test(module) && isOne(names, name));

/** How cloudpickle writes functions and classes by their code. */
export const isCode = (module: string, name: string): boolean =>
  /^cloudpickle(\.cloudpickle(_fast)?)?$/.test(module) ||
  (module === "types" && /^(CodeType|FunctionType)$/.test(name));

const dangerousModules =
  /^(os|posix|nt|ntpath|subprocess|sys|shutil|socket|ssl|pty|commands|ctypes|_ctypes|importlib|runpy|code|codeop|pdb|bdb|timeit|cProfile|profile|trace|doctest|imp|marshal|pickle|_pickle|cPickle|dill|webbrowser|urllib|httplib|http|ftplib|smtplib|requests|asyncio|multiprocessing|threading|signal|tempfile|pathlib|io|_io|glob|pip|ensurepip|venv|platform|pydoc|inspect|types|operator|_operator|functools|_functools|logging|torch\.hub|torch\.utils\.\w+|numpy\.testing.*|numpy\.f2py.*|uuid|imaplib|_pyrepl.*)(\.|$)/;
const dangerousBuiltins =
  /^(eval|exec|execfile|compile|open|__import__|getattr|setattr|delattr|globals|locals|vars|apply|input|breakpoint|map|filter)$/;

/** Imports with which pickles are known to have run commands, read files or made connections. */
export const isDangerous = (module: string, name: string): boolean =>
  dangerousModules.test(module) || (/^(builtins|__builtin__)$/.test(module) && dangerousBuiltins.test(name));
