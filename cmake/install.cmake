# `cmake --install`: the tools with their manuals, settings files and READMEs (component tools); headers and static libraries with
# find_package(tagloom) and pkg-config (component development).
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/tagloom)
set(include_root ${CMAKE_INSTALL_INCLUDEDIR}/tagloom)   # keeps the folders of the source tree: #include "engine/core/tensor.h"
foreach(room kernels engine models)
  set_target_properties(tagloom_${room} PROPERTIES EXPORT_NAME ${room})
  add_library(tagloom::${room} ALIAS tagloom_${room})
  # Excludes headers that need CUDA or oneDNN, and those that only CUDA twins include.
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/${room} DESTINATION ${include_root} COMPONENT development FILES_MATCHING PATTERN "*.h"
    PATTERN "kernels/cuda" EXCLUDE PATTERN "kernels/cuda_libraries" EXCLUDE PATTERN "kernels/decode/lstm_decode_*.h" EXCLUDE
    PATTERN "kernels/linear/gemm_bias.h" EXCLUDE PATTERN "kernels/math/widen_into.h" EXCLUDE
    PATTERN "kernels/onednn/onednn.h" EXCLUDE PATTERN "models/configs" EXCLUDE)
endforeach()
install(FILES ${PROJECT_BINARY_DIR}/kernels/tagloom_kernels/kernels/base/build_config.h DESTINATION ${include_root}/kernels/base
  COMPONENT development)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/tagloom DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development)

install(TARGETS tagloom_kernels tagloom_engine tagloom_models EXPORT tagloom-targets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development
  INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} ${include_root})
install(EXPORT tagloom-targets NAMESPACE tagloom:: DESTINATION ${package_dir} COMPONENT development)
foreach(name IN LISTS TAGLOOM_PICTURE_LIBRARIES)
  if(TAGLOOM_HAS_${name})
    string(APPEND TAGLOOM_FOUND_PICTURE_LIBRARIES "${name} ")
  endif()
endforeach()
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/tagloom-config.cmake.in ${PROJECT_BINARY_DIR}/tagloom-config.cmake
  INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/tagloom-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/tagloom-config.cmake ${PROJECT_BINARY_DIR}/tagloom-config-version.cmake
  ${CMAKE_CURRENT_LIST_DIR}/picture_libraries.cmake ${CMAKE_CURRENT_LIST_DIR}/onnx_library.cmake DESTINATION ${package_dir}
  COMPONENT development)

include(link_flags)
collect_libraries(tagloom_models)
list(JOIN TAGLOOM_LINK_FLAGS " " pc_flags)
file(RELATIVE_PATH to_prefix /${CMAKE_INSTALL_LIBDIR} /)   # from pkgconfig's parent to the prefix
configure_file(${CMAKE_CURRENT_LIST_DIR}/tagloom.pc.in ${PROJECT_BINARY_DIR}/tagloom.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/tagloom.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)

install(DIRECTORY ${PROJECT_SOURCE_DIR}/models/configs DESTINATION ${CMAKE_INSTALL_DATADIR}/tagloom COMPONENT tools
  FILES_MATCHING PATTERN "*.toml")
install(FILES cmake/copyright DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT tools)
install(FILES cmake/copyright DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/tagloom-dev COMPONENT development)
install(FILES README.md PERFORMANCE.md RESULTS.md DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT tools)
file(GLOB_RECURSE readmes RELATIVE ${PROJECT_SOURCE_DIR} CONFIGURE_DEPENDS
  kernels/README.md engine/README.md models/README.md tools/README.md tools/scenes/figure.jpg tools/scenes/example.jpg)
foreach(file IN LISTS readmes)
  get_filename_component(folder ${file} DIRECTORY)
  install(FILES ${file} DESTINATION ${CMAKE_INSTALL_DOCDIR}/${folder} COMPONENT tools)
endforeach()
