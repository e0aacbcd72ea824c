# Sets the compiler flags, ccache and CUDA, if found.
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE})
  set(CMAKE_CUDA_COMPILER_LAUNCHER ${CCACHE})
endif()

# Designated initializers leave fields at their defaults on purpose. GCC 12 falsely reports overlapping copies in its std::string
# (GCC bug 105329).
set(tagloom_warnings -Wall -Wextra -Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  list(APPEND tagloom_warnings -Wno-restrict)
endif()

# clang reports loops that it does not vectorise although a pragma asks for it.
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  list(APPEND tagloom_warnings -Wno-pass-failed)
endif()

# A portable build compiles everything for CPUs with AVX2 and FMA, and the CPU twins also for those with AVX-512.
set(TAGLOOM_CPU_V4 OFF)
if(TAGLOOM_NATIVE)
  set(TAGLOOM_CPU native)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  set(TAGLOOM_CPU x86-64-v3)
  set(TAGLOOM_CPU_V4 ON)
endif()

add_library(tagloom_flags INTERFACE)
target_compile_options(tagloom_flags INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:${tagloom_warnings} -fno-math-errno>
  $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<BOOL:${TAGLOOM_CPU}>>:-march=${TAGLOOM_CPU}>
  $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<BOOL:${TAGLOOM_WERROR}>>:-Werror>
  $<$<COMPILE_LANGUAGE:CUDA>:-lineinfo -Xcompiler=-Wall --expt-relaxed-constexpr>
  $<$<AND:$<COMPILE_LANGUAGE:CUDA>,$<BOOL:${TAGLOOM_WERROR}>>:-Werror=all-warnings -Xcompiler=-Werror>)

# Not for kernels and tests, which compile file by file.
function(build_in_batches)
  set_target_properties(${ARGV} PROPERTIES UNITY_BUILD ${TAGLOOM_UNITY} UNITY_BUILD_BATCH_SIZE 10)
endfunction()

set(TAGLOOM_HAS_CUDA OFF)
if(NOT TAGLOOM_CUDA STREQUAL "OFF")
  # CMake 3.25 rejects "native" without a GPU, so the list is always explicit.
  set(CMAKE_CUDA_ARCHITECTURES ${TAGLOOM_CUDA_ARCHITECTURES})
  if(NOT CMAKE_CUDA_COMPILER AND NOT DEFINED ENV{CUDACXX} AND EXISTS /usr/local/cuda/bin/nvcc)
    set(CMAKE_CUDA_COMPILER /usr/local/cuda/bin/nvcc)
  endif()
  include(CheckLanguage)
  check_language(CUDA)
  if(CMAKE_CUDA_COMPILER)
    enable_language(CUDA)
    set(CMAKE_CUDA_STANDARD 17)
    set(CMAKE_CUDA_STANDARD_REQUIRED ON)
    find_package(CUDAToolkit REQUIRED)
    set(TAGLOOM_HAS_CUDA ON)
  elseif(TAGLOOM_CUDA STREQUAL "ON")
    message(FATAL_ERROR "TAGLOOM_CUDA=ON, but no CUDA compiler was found: put nvcc on PATH or set CUDACXX.")
  endif()
endif()
