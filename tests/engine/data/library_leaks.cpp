// Suppresses LeakSanitizer reports for Debian's libraries: x265 leaks when tests encode HEIC, dav1d when it reads a damaged AVIF.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() { return "leak:libx265\nleak:libdav1d\n"; }
