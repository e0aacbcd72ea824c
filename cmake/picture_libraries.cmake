# Finds the optional picture libraries, both for the build and, in the installed package, for programs that link the static libraries.
#
# tagloom_find_picture_library(NAME HEADER SYMBOL LIBRARY...) defines the target tagloom_pictures::NAME and sets TAGLOOM_HAS_NAME if a
# program that uses SYMBOL of HEADER compiles and links.
include(CheckCXXSymbolExists)

macro(tagloom_find_picture_library name header symbol)
  find_path(TAGLOOM_${name}_INCLUDE_DIR ${header} DOC "Folder of ${header}")
  set(TAGLOOM_${name}_FILES ${TAGLOOM_${name}_INCLUDE_DIR})
  foreach(library ${ARGN})
    find_library(TAGLOOM_${name}_${library} NAMES ${library} DOC "The library ${library}")
    mark_as_advanced(TAGLOOM_${name}_${library})
    list(APPEND TAGLOOM_${name}_FILES ${TAGLOOM_${name}_${library}})
  endforeach()
  mark_as_advanced(TAGLOOM_${name}_INCLUDE_DIR)
  set(TAGLOOM_HAS_${name} OFF)
  if(NOT "${TAGLOOM_${name}_FILES}" MATCHES "NOTFOUND")
    list(POP_FRONT TAGLOOM_${name}_FILES)
    set(CMAKE_REQUIRED_INCLUDES ${TAGLOOM_${name}_INCLUDE_DIR})
    set(CMAKE_REQUIRED_LIBRARIES ${TAGLOOM_${name}_FILES})
    check_cxx_symbol_exists(${symbol} ${header} TAGLOOM_${name}_LINKS)
    unset(CMAKE_REQUIRED_INCLUDES)
    unset(CMAKE_REQUIRED_LIBRARIES)
    if(TAGLOOM_${name}_LINKS)
      set(TAGLOOM_HAS_${name} ON)
    endif()
  endif()
  if(TAGLOOM_HAS_${name} AND NOT TARGET tagloom_pictures::${name})
    add_library(tagloom_pictures::${name} INTERFACE IMPORTED)
    set_target_properties(tagloom_pictures::${name} PROPERTIES INTERFACE_LINK_LIBRARIES "${TAGLOOM_${name}_FILES}"
      INTERFACE_SYSTEM_INCLUDE_DIRECTORIES "${TAGLOOM_${name}_INCLUDE_DIR}")
  endif()
endmacro()

set(TAGLOOM_PICTURE_LIBRARIES WEBP TIFF HEIF JXL RAW)
macro(tagloom_find_picture_libraries)   # arguments: the names of the libraries
  foreach(name ${ARGN})
    if("${name}" STREQUAL "WEBP")
      tagloom_find_picture_library(WEBP webp/demux.h WebPDemuxGetChunk webpdemux webp)
    elseif("${name}" STREQUAL "TIFF")   # needs 4.5, which sets warning handlers and memory limits per file
      tagloom_find_picture_library(TIFF tiffio.h TIFFOpenOptionsSetMaxSingleMemAlloc tiff)
    elseif("${name}" STREQUAL "HEIF")
      tagloom_find_picture_library(HEIF libheif/heif.h heif_image_handle_is_premultiplied_alpha heif)
    elseif("${name}" STREQUAL "JXL")
      tagloom_find_picture_library(JXL jxl/decode.h JxlDecoderSetCoalescing jxl)
    elseif("${name}" STREQUAL "RAW")   # libraw_r is the thread-safe build
      tagloom_find_picture_library(RAW libraw/libraw.h libraw_unpack_thumb raw_r)
    endif()
  endforeach()
endmacro()
