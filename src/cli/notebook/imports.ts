/** Modules of Python itself, 3.10 to 3.14. */
const standard = new Set(
  [
    "__future__ abc argparse array ast asyncio atexit base64 bisect builtins bz2 calendar cmath cmd code codecs",
    "collections colorsys compileall concurrent configparser contextlib contextvars copy copyreg csv ctypes curses",
    "dataclasses datetime dbm decimal difflib dis distutils doctest email encodings ensurepip enum errno faulthandler fcntl",
    "filecmp fileinput fnmatch fractions ftplib functools gc getopt getpass gettext glob graphlib grp gzip hashlib",
    "heapq hmac html http imaplib imp importlib inspect io ipaddress itertools json keyword linecache locale logging lzma",
    "mailbox marshal math mimetypes mmap modulefinder multiprocessing netrc numbers operator optparse os pathlib pdb",
    "pickle pickletools pkgutil platform plistlib poplib posixpath pprint profile pstats pty pwd py_compile pyclbr pydoc",
    "queue quopri random re readline reprlib resource runpy sched secrets select selectors shelve shlex shutil signal",
    "site smtplib socket socketserver sqlite3 ssl stat statistics string stringprep struct subprocess symtable sys",
    "sysconfig syslog tarfile tempfile termios textwrap threading time timeit tkinter token tokenize tomllib trace",
    "traceback tracemalloc tty turtle types typing unicodedata unittest urllib uuid venv warnings wave weakref",
    "webbrowser wsgiref xml xmlrpc zipapp zipfile zipimport zlib zoneinfo",
  ]
    .join(" ")
    .split(" "),
);

/** Packages whose name is not that of their module. */
const packages: Record<string, string> = {
  attr: "attrs",
  bs4: "beautifulsoup4",
  cv2: "opencv-python-headless",
  dateutil: "python-dateutil",
  dotenv: "python-dotenv",
  fitz: "pymupdf",
  git: "gitpython",
  IPython: "ipython",
  jose: "python-jose",
  jwt: "pyjwt",
  magic: "python-magic",
  mpl_toolkits: "matplotlib",
  OpenSSL: "pyopenssl",
  PIL: "pillow",
  psycopg2: "psycopg2-binary",
  pytorch_lightning: "pytorch-lightning",
  sentence_transformers: "sentence-transformers",
  serial: "pyserial",
  skimage: "scikit-image",
  sklearn: "scikit-learn",
  umap: "umap-learn",
  yaml: "pyyaml",
};

/** First names of the modules that a statement imports. */
export function importsOf(statement: string): string[] {
  const text = statement.trim();
  const from = /^from\s+([A-Za-z_]\w*)[\w.]*\s+import\b/.exec(text)?.[1];
  if (from !== undefined) return [from];
  const plain = /^import\s+([^#;]+)/.exec(text)?.[1];
  return plain === undefined ? [] : plain.split(",").flatMap((one) => /^\s*([A-Za-z_]\w*)/.exec(one)?.[1] ?? []);
}

/** Packages of modules, those of Python itself left out; with the versions of a requirements file when it has them. */
export function requirementsOf(modules: Iterable<string>, known: string): string[] {
  const pinned = new Map(
    known
      .split("\n")
      .map((line) => line.split("#")[0]!.trim())
      .filter((line) => /^[A-Za-z0-9]/.test(line))
      .map((line) => [nameOf(line), line]),
  );
  const names = [...modules].filter((module) => !standard.has(module)).map((module) => packages[module] ?? module);
  return [...new Set(names)].sort().map((name) => pinned.get(nameOf(name)) ?? name);
}

/** The name of a requirement, as package indexes compare them. */
export const nameOf = (requirement: string): string =>
  (/^[A-Za-z0-9][\w.-]*/.exec(requirement)?.[0] ?? requirement).toLowerCase().replaceAll(/[-_.]+/g, "-");
