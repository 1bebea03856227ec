"""What in Python reaches files, network, processes, variables or code that cannot be read.

By the name under which Python knows it; a method of an object that a class makes is written
``pathlib.Path().read_text``. What gives a clock or chance stands in ``clock_and_random``.
"""

from collections.abc import Iterable, Mapping

from noether_nix.frozen import dataclass
from noether_nix.stage.effect import EffectKind


@dataclass(frozen=True, slots=True)
class Source:
    """What using a name comes to.

    Attributes:
        kinds: the effects; those of a file that is opened follow from its mode.
        path: which argument is the path, by place or name.
        target: which argument is the path that is written, where there are two.
        host: which argument is a URL, a host, or a pair of host and port.
        name: which argument is the name of a variable.
        mode: which argument is the mode in which a file is opened.
        evident: counts only where the argument is a path for certain, and no object in memory.
        called: counts only where it is called: a class is also named without being used.
    """

    kinds: tuple[EffectKind, ...] = ()
    path: int | str | None = None
    target: int | None = None
    host: int | None = None
    name: int | None = None
    mode: int | None = None
    evident: bool = False
    called: bool = False


_READ, _WRITE = (EffectKind.FS_READ,), (EffectKind.FS_WRITE,)
_BOTH = (EffectKind.FS_READ, EffectKind.FS_WRITE)
_NETWORK, _PROCESS = (EffectKind.NETWORK,), (EffectKind.PROCESS,)
_UNKNOWN, _ENV = (EffectKind.UNKNOWN,), (EffectKind.ENV,)


def _all(prefix: str, names: str, source: Source) -> Iterable[tuple[str, Source]]:
    return ((prefix + name, source) for name in names.split())


_SPAWNS = (
    "execl execle execlp execlpe execv execve execvp execvpe fork forkpty popen "
    "posix_spawn posix_spawnp spawnl spawnle spawnlp spawnlpe spawnv spawnve spawnvp spawnvpe "
    "system"
)
_FILES = (
    *_all("os.", "access getxattr listdir listxattr lstat readlink scandir stat statvfs walk fwalk",
          Source(_READ, path=0)),
    *_all("os.path.", "exists getatime getctime getmtime getsize isdir isfile islink ismount "
          "lexists samefile", Source(_READ, path=0)),
    *_all("glob.", "glob iglob", Source(_READ, path=0)),
    *_all("linecache.", "getline getlines", Source(_READ, path=0)),
    *_all("filecmp.", "cmp cmpfiles dircmp", Source(_READ, path=0)),
    *_all("", "fileinput.input fileinput.FileInput shutil.disk_usage tokenize.open io.open_code "
          "netrc.netrc", Source(_READ, path=0)),
    *_all("os.", "chmod chown lchown makedirs mkdir mkfifo mknod remove removedirs rmdir setxattr "
          "truncate unlink utime", Source(_WRITE, path=0)),
    *_all("os.", "link rename renames replace symlink", Source(_WRITE, path=0, target=1)),
    *_all("shutil.", "chown make_archive rmtree", Source(_WRITE, path=0)),
    *_all("shutil.", "copy copy2 copyfile copymode copystat copytree unpack_archive",
          Source(_READ, path=0, target=1)),
    ("shutil.move", Source(_WRITE, path=0, target=1)),
    *_all("logging.", "FileHandler handlers.RotatingFileHandler handlers.TimedRotatingFileHandler "
          "handlers.WatchedFileHandler", Source(_WRITE, path=0, called=True)),
    ("logging.basicConfig", Source(_WRITE, path="filename", evident=True)),
    *_all("", "builtins.open io.open codecs.open os.open", Source(path=0, mode=1)),
    *_all("", "bz2.open gzip.open lzma.open tarfile.open wave.open shelve.open dbm.open",
          Source(path=0, mode=1, evident=True)),
    *_all("", "bz2.BZ2File gzip.GzipFile io.FileIO lzma.LZMAFile tarfile.TarFile zipfile.ZipFile",
          Source(path=0, mode=1, evident=True, called=True)),
    ("sqlite3.connect", Source(_BOTH, path=0)),
    *_all("pathlib.Path().", "exists glob group is_dir is_file is_mount is_symlink iterdir lstat "
          "owner read_bytes read_text readlink rglob samefile stat walk",
          Source(_READ, path="self")),
    *_all("pathlib.Path().", "chmod hardlink_to lchmod mkdir rmdir symlink_to touch unlink "
          "write_bytes write_text", Source(_WRITE, path="self")),
    *_all("pathlib.Path().", "rename replace", Source(_WRITE, path="self", target=0)),
    ("pathlib.Path().open", Source(path="self", mode=0)),
)  # fmt: skip
_NET = (
    *_all("socket.", "create_connection create_server getaddrinfo gethostbyaddr gethostbyname "
          "gethostbyname_ex getnameinfo", Source(_NETWORK, host=0)),
    *_all("", "socket.socket socket.fromfd aiohttp.ClientSession httpx.AsyncClient httpx.Client "
          "requests.Session requests.session urllib3.PoolManager urllib.request.build_opener",
          Source(_NETWORK, called=True)),
    *_all("", "urllib.request.urlopen urllib.request.urlretrieve xmlrpc.client.ServerProxy "
          "asyncio.open_connection websockets.connect ssl.get_server_certificate",
          Source(_NETWORK, host=0)),
    *_all("", "http.client.HTTPConnection http.client.HTTPSConnection smtplib.SMTP "
          "smtplib.SMTP_SSL smtplib.LMTP ftplib.FTP ftplib.FTP_TLS poplib.POP3 poplib.POP3_SSL "
          "imaplib.IMAP4 imaplib.IMAP4_SSL telnetlib.Telnet nntplib.NNTP",
          Source(_NETWORK, host=0, called=True)),
    *_all("", "http.server.HTTPServer http.server.ThreadingHTTPServer socketserver.TCPServer "
          "socketserver.UDPServer socketserver.ThreadingTCPServer socketserver.ThreadingUDPServer "
          "xmlrpc.server.SimpleXMLRPCServer", Source(_NETWORK, called=True)),
    *_all("", "asyncio.start_server asyncio.start_unix_server asyncio.open_unix_connection "
          "wsgiref.simple_server.make_server", Source(_NETWORK)),
    *_all("logging.handlers.", "DatagramHandler HTTPHandler SMTPHandler SocketHandler "
          "SysLogHandler", Source(_NETWORK, host=0, called=True)),
    *((f"{module}.{verb}", Source(_NETWORK, host=0)) for module in ("requests", "httpx")
      for verb in ("delete", "get", "head", "options", "patch", "post", "put")),
    *_all("", "requests.request httpx.request urllib3.request", Source(_NETWORK, host=1)),
)  # fmt: skip
_PROGRAMS = (
    *_all("os.", _SPAWNS, Source(_PROCESS)),
    *_all("subprocess.", "call check_call check_output getoutput getstatusoutput run",
          Source(_PROCESS)),
    *_all("", "subprocess.Popen multiprocessing.Process multiprocessing.Pool "
          "multiprocessing.Manager multiprocessing.pool.Pool multiprocessing.process.BaseProcess "
          "concurrent.futures.ProcessPoolExecutor concurrent.futures.process.ProcessPoolExecutor",
          Source(_PROCESS, called=True)),
    *_all("", "asyncio.create_subprocess_exec asyncio.create_subprocess_shell pty.fork pty.spawn "
          "webbrowser.open", Source(_PROCESS)),
)  # fmt: skip
_VARIABLES = (
    *_all("os.", "getenv getenvb", Source(_ENV, name=0)),
    ("os.path.expandvars", Source(_ENV)),
)
_UNREADABLE = (
    *_all("builtins.", "eval exec", Source(_UNKNOWN)),
    *_all("", "importlib.reload importlib.util.spec_from_file_location "
          "importlib.util.module_from_spec runpy.run_path runpy.run_module code.interact "
          "importlib.machinery.SourceFileLoader importlib.machinery.ExtensionFileLoader",
          Source(_UNKNOWN)),
    *_all("", "ctypes.CDLL ctypes.PyDLL types.FunctionType types.CodeType "
          "code.InteractiveInterpreter", Source(_UNKNOWN, called=True)),
    *_all("ctypes.", "cdll pydll pythonapi", Source(_UNKNOWN)),
)  # fmt: skip

SOURCES: Mapping[str, Source] = dict((*_FILES, *_NET, *_PROGRAMS, *_VARIABLES, *_UNREADABLE))
"""By dotted name."""

ENVIRONS = frozenset({"os.environ", "os.environb"})
"""The variables as a mapping; what is asked of it says which."""

IMPORTERS = frozenset({"builtins.__import__", "importlib.import_module", "importlib.__import__"})
"""With a name that can be read they are that module; without one, anything."""

LLM_CLIENTS = frozenset(
    ("anthropic", "cohere", "dashscope", "google.genai", "google.generativeai", "groq",
     "langchain_anthropic", "langchain_openai", "litellm", "llama_cpp", "mistralai", "ollama",
     "openai", "replicate", "together", "vertexai", "vllm", "zhipuai")
)  # fmt: skip
"""Modules that are for nothing but asking a language model: to import one is to mean it."""

CHANCE_FILES = frozenset({"/dev/random", "/dev/urandom"})
NO_FILES = frozenset({"/dev/full", "/dev/null", "/dev/zero", ":memory:", ""})
"""Paths that lead to no data of anybody."""

OWN_FOLDERS = ("/build", "/dev/shm", "/tmp")  # noqa: S108 - named, not used
"""What is there belongs to the call and ends with it."""

OWN_PATHS = frozenset(
    {
        "tempfile.NamedTemporaryFile",
        "tempfile.TemporaryDirectory",
        "tempfile.TemporaryFile",
        "tempfile.gettempdir",
        "tempfile.mkdtemp",
        "tempfile.mkstemp",
        "tempfile.mktemp",
        "tempfile.SpooledTemporaryFile",
    }
)
"""What these make lies in such a folder."""

PATH_CLASSES = frozenset({"pathlib.Path", "pathlib.PosixPath", "pathlib.PurePath"})
PATH_PARTS = frozenset(
    ("absolute", "expanduser", "joinpath", "parent", "relative_to", "resolve",
     "with_name", "with_stem", "with_suffix")
)  # fmt: skip
"""What of a path is a path again."""
