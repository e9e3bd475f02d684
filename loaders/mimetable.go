package loaders

// mimeByName maps whole file names, in lower case.
var mimeByName = map[string]string{
	"readme":            mimeText,
	"license":           mimeText,
	"makefile":          "text/x-makefile",
	"gnumakefile":       "text/x-makefile",
	"dockerfile":        "text/x-dockerfile",
	"containerfile":     "text/x-dockerfile",
	"jenkinsfile":       "text/x-groovy",
	"rakefile":          "text/x-ruby",
	"gemfile":           "text/x-ruby",
	"cmakelists.txt":    "text/x-cmake",
	"go.mod":            "text/x-go-mod",
	"go.sum":            "application/x-checksums",
	"package-lock.json": "application/x-lockfile",
	"yarn.lock":         "application/x-lockfile",
	"pnpm-lock.yaml":    "application/x-lockfile",
	"cargo.lock":        "application/x-lockfile",
	"poetry.lock":       "application/x-lockfile",
}

// mimeByExt maps extensions without the dot, in lower case. What is listed as
// binary here is refused by name, without a look at its bytes.
var mimeByExt = map[string]string{
	// Prose.
	"txt": mimeText, "text": mimeText, "log": mimeText,
	"md": "text/markdown", "markdown": "text/markdown", "mdown": "text/markdown", "mkd": "text/markdown", "mdx": "text/markdown",
	"rst": "text/x-rst", "adoc": "text/x-asciidoc", "asciidoc": "text/x-asciidoc", "org": "text/x-org", "tex": "text/x-tex",
	"html": "text/html", "htm": "text/html", "xhtml": "application/xhtml+xml",
	"srt": "text/x-subrip", "vtt": "text/vtt",

	// Data.
	"csv": mimeCSV, "tsv": mimeTSV, "tab": mimeTSV,
	"json": mimeJSON, "jsonl": mimeJSONL, "ndjson": mimeJSONL, "geojson": "application/geo+json",
	"ipynb": "application/x-ipynb+json", "webmanifest": "application/manifest+json", "jsonld": "application/ld+json",
	"xml": "text/xml", "rss": "text/xml", "atom": "text/xml", "xsd": "text/xml", "xsl": "text/xml", "xslt": "text/xml", "wsdl": "text/xml",
	"yaml": "text/x-yaml", "yml": "text/x-yaml", "toml": "text/x-toml", "ini": "text/x-ini", "cfg": "text/x-ini", "conf": "text/x-conf",
	"properties": "text/x-properties", "proto": "text/x-protobuf", "graphql": "text/x-graphql", "sql": "text/x-sql",

	// Source code.
	"go": "text/x-go", "py": "text/x-python", "pyi": "text/x-python", "rb": "text/x-ruby", "php": "text/x-php", "pl": "text/x-perl", "pm": "text/x-perl",
	"js": "text/javascript", "mjs": "text/javascript", "cjs": "text/javascript", "jsx": "text/javascript",
	"ts": "text/x-typescript", "mts": "text/x-typescript", "tsx": "text/x-typescript", "vue": "text/x-vue", "svelte": "text/x-svelte",
	"css": "text/css", "scss": "text/x-scss", "less": "text/x-less",
	"c": "text/x-c", "h": "text/x-c", "cc": "text/x-c++", "cpp": "text/x-c++", "cxx": "text/x-c++", "hpp": "text/x-c++", "hh": "text/x-c++",
	"cs": "text/x-csharp", "fs": "text/x-fsharp", "vb": "text/x-vb", "m": "text/x-objective-c", "mm": "text/x-objective-c", "swift": "text/x-swift",
	"java": "text/x-java", "kt": "text/x-kotlin", "kts": "text/x-kotlin", "scala": "text/x-scala", "groovy": "text/x-groovy", "gradle": "text/x-groovy",
	"clj": "text/x-clojure", "rs": "text/x-rust", "zig": "text/x-zig", "d": "text/x-d", "nim": "text/x-nim", "dart": "text/x-dart",
	"hs": "text/x-haskell", "ml": "text/x-ocaml", "mli": "text/x-ocaml", "ex": "text/x-elixir", "exs": "text/x-elixir", "erl": "text/x-erlang",
	"lua": "text/x-lua", "r": "text/x-r", "jl": "text/x-julia", "el": "text/x-lisp", "lisp": "text/x-lisp", "scm": "text/x-scheme",
	"sh": "text/x-shellscript", "bash": "text/x-shellscript", "zsh": "text/x-shellscript", "fish": "text/x-shellscript",
	"ps1": "text/x-powershell", "bat": "text/x-bat", "cmd": "text/x-bat", "awk": "text/x-awk", "s": "text/x-asm", "asm": "text/x-asm",
	"tf": "text/x-terraform", "hcl": "text/x-hcl", "nix": "text/x-nix", "cmake": "text/x-cmake", "mk": "text/x-makefile", "dockerfile": "text/x-dockerfile",
	"diff": "text/x-diff", "patch": "text/x-diff",

	// Documents with a format of their own.
	"pdf":  "application/pdf",
	"docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	"pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
	"odt":  "application/vnd.oasis.opendocument.text", "ods": "application/vnd.oasis.opendocument.spreadsheet", "odp": "application/vnd.oasis.opendocument.presentation",
	"epub": "application/epub+zip", "rtf": "application/rtf", "hwp": "application/x-hwp", "hwpx": "application/hwp+zip",
	"doc": "application/msword", "xls": "application/vnd.ms-excel", "ppt": "application/vnd.ms-powerpoint",
	"eml": "message/rfc822", "mbox": "application/mbox", "msg": "application/vnd.ms-outlook",

	// What holds nothing to read, even where it is text.
	"svg": "image/svg+xml", "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp",
	"bmp": "image/bmp", "ico": "image/x-icon", "tif": "image/tiff", "tiff": "image/tiff", "avif": "image/avif", "heic": "image/heic",
	"mp3": "audio/mpeg", "wav": "audio/wav", "ogg": "audio/ogg", "flac": "audio/flac", "m4a": "audio/mp4",
	"mp4": "video/mp4", "mkv": "video/x-matroska", "mov": "video/quicktime", "avi": "video/x-msvideo", "webm": "video/webm",
	"ttf": "font/ttf", "otf": "font/otf", "woff": "font/woff", "woff2": "font/woff2",
	"zip": "application/zip", "gz": "application/gzip", "tgz": "application/gzip", "bz2": "application/x-bzip2", "xz": "application/x-xz",
	"zst": "application/zstd", "7z": "application/x-7z-compressed", "rar": "application/vnd.rar", "tar": "application/x-tar", "jar": "application/java-archive",
	"exe": "application/x-executable", "dll": "application/x-sharedlib", "so": "application/x-sharedlib", "dylib": "application/x-sharedlib",
	"a": "application/x-archive", "o": "application/x-object", "class": "application/java-vm", "pyc": "application/x-python-bytecode", "wasm": "application/wasm",
	"bin": mimeBinary, "dat": mimeBinary, "db": mimeBinary, "sqlite": "application/vnd.sqlite3", "parquet": "application/vnd.apache.parquet",
	"npy": mimeBinary, "npz": mimeBinary, "safetensors": mimeBinary, "gguf": mimeBinary, "onnx": mimeBinary, "pt": mimeBinary, "pkl": mimeBinary,
	"map": "application/x-source-map", "lock": "application/x-lockfile", "pem": "application/x-pem-file", "key": "application/x-pem-file",
}
