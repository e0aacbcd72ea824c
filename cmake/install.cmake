# `cmake --install`: headers, static libraries with find_package(tagloom), the tools, settings files and READMEs.
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/tagloom)
set(include_root ${CMAKE_INSTALL_INCLUDEDIR}/tagloom)   # keeps the folders of the source tree: #include "engine/core/tensor.h"
foreach(room kernels engine models)
  set_target_properties(tagloom_${room} PROPERTIES EXPORT_NAME ${room})
  add_library(tagloom::${room} ALIAS tagloom_${room})
  # Excludes headers that need CUDA or oneDNN, and those that only CUDA twins include.
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/${room} DESTINATION ${include_root} FILES_MATCHING PATTERN "*.h"
    PATTERN "kernels/cuda" EXCLUDE PATTERN "kernels/cuda_libraries" EXCLUDE PATTERN "kernels/decode/lstm_decode_*.h" EXCLUDE
    PATTERN "kernels/linear/gemm_bias.h" EXCLUDE PATTERN "kernels/math/widen_into.h" EXCLUDE
    PATTERN "kernels/onednn/onednn.h" EXCLUDE PATTERN "models/configs" EXCLUDE)
endforeach()
install(FILES ${PROJECT_BINARY_DIR}/kernels/tagloom_kernels/kernels/base/build_config.h DESTINATION ${include_root}/kernels/base)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/tagloom DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

install(TARGETS tagloom_kernels tagloom_engine tagloom_models EXPORT tagloom-targets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
  INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} ${include_root})
install(EXPORT tagloom-targets NAMESPACE tagloom:: DESTINATION ${package_dir})
foreach(name IN LISTS TAGLOOM_PICTURE_LIBRARIES)
  if(TAGLOOM_HAS_${name})
    string(APPEND TAGLOOM_FOUND_PICTURE_LIBRARIES "${name} ")
  endif()
endforeach()
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/tagloom-config.cmake.in ${PROJECT_BINARY_DIR}/tagloom-config.cmake
  INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/tagloom-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/tagloom-config.cmake ${PROJECT_BINARY_DIR}/tagloom-config-version.cmake
  ${CMAKE_CURRENT_LIST_DIR}/picture_libraries.cmake DESTINATION ${package_dir})

install(DIRECTORY ${PROJECT_SOURCE_DIR}/models/configs DESTINATION ${CMAKE_INSTALL_DATADIR}/tagloom FILES_MATCHING PATTERN "*.toml")
install(FILES README.md PERFORMANCE.md RESULTS.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
file(GLOB_RECURSE readmes RELATIVE ${PROJECT_SOURCE_DIR} CONFIGURE_DEPENDS
  kernels/README.md engine/README.md models/README.md tools/README.md tools/scenes/figure.jpg tools/scenes/example.jpg)
foreach(file IN LISTS readmes)
  get_filename_component(folder ${file} DIRECTORY)
  install(FILES ${file} DESTINATION ${CMAKE_INSTALL_DOCDIR}/${folder})
endforeach()
