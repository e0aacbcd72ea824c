# Finds libonnx's protobuf classes and protobuf, both optional, for the build and, in the installed package, for programs that link the
# static libraries.
#
# tagloom_find_onnx_library() sets TAGLOOM_HAS_ONNX and, if it is on, defines the target tagloom_onnx::onnx and sets TAGLOOM_ONNX_TARGET.
include(CheckCXXSourceCompiles)

macro(tagloom_find_onnx_library)
  find_path(TAGLOOM_ONNX_INCLUDE_DIR onnx/onnx_pb.h DOC "Folder of onnx/onnx_pb.h")
  find_library(TAGLOOM_ONNX_LIBRARY onnx_proto DOC "The library onnx_proto")
  find_library(TAGLOOM_PROTOBUF_LIBRARY protobuf DOC "The library protobuf")
  mark_as_advanced(TAGLOOM_ONNX_INCLUDE_DIR TAGLOOM_ONNX_LIBRARY TAGLOOM_PROTOBUF_LIBRARY)
  set(TAGLOOM_HAS_ONNX OFF)
  set(TAGLOOM_ONNX_TARGET)
  if(TAGLOOM_ONNX_INCLUDE_DIR AND TAGLOOM_ONNX_LIBRARY AND TAGLOOM_PROTOBUF_LIBRARY)
    set(CMAKE_REQUIRED_INCLUDES ${TAGLOOM_ONNX_INCLUDE_DIR})
    set(CMAKE_REQUIRED_LIBRARIES ${TAGLOOM_ONNX_LIBRARY} ${TAGLOOM_PROTOBUF_LIBRARY})
    set(CMAKE_REQUIRED_DEFINITIONS -DONNX_ML=1 -DONNX_NAMESPACE=onnx)
    check_cxx_source_compiles("#include <onnx/onnx_pb.h>\nint main() { return onnx::ModelProto().ByteSizeLong() != 0; }" TAGLOOM_ONNX_LINKS)
    unset(CMAKE_REQUIRED_INCLUDES)
    unset(CMAKE_REQUIRED_LIBRARIES)
    unset(CMAKE_REQUIRED_DEFINITIONS)
    if(TAGLOOM_ONNX_LINKS)
      set(TAGLOOM_HAS_ONNX ON)
      set(TAGLOOM_ONNX_TARGET tagloom_onnx::onnx)
    endif()
  endif()
  if(TAGLOOM_HAS_ONNX AND NOT TARGET tagloom_onnx::onnx)
    add_library(tagloom_onnx::onnx INTERFACE IMPORTED)
    set_target_properties(tagloom_onnx::onnx PROPERTIES INTERFACE_LINK_LIBRARIES "${TAGLOOM_ONNX_LIBRARY};${TAGLOOM_PROTOBUF_LIBRARY}"
      INTERFACE_SYSTEM_INCLUDE_DIRECTORIES "${TAGLOOM_ONNX_INCLUDE_DIR}" INTERFACE_COMPILE_DEFINITIONS "ONNX_ML=1;ONNX_NAMESPACE=onnx")
  endif()
endmacro()
