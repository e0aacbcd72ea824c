# `cpack` in the build folder: Debian packages of the tools (tagloom) and of the libraries (tagloom-dev).
# The packages of the libraries that programs linked with tagloom-dev need.
set(TAGLOOM_DEVELOPMENT_PACKAGES "g++")
foreach(file IN LISTS TAGLOOM_LIBRARY_FILES)
  execute_process(COMMAND dpkg-query --search ${file} OUTPUT_VARIABLE owner ERROR_QUIET)
  if(owner MATCHES "^([^:]+):")
    list(APPEND TAGLOOM_DEVELOPMENT_PACKAGES ${CMAKE_MATCH_1})
  endif()
endforeach()
list(REMOVE_DUPLICATES TAGLOOM_DEVELOPMENT_PACKAGES)
list(JOIN TAGLOOM_DEVELOPMENT_PACKAGES ", " TAGLOOM_DEVELOPMENT_PACKAGES)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME tagloom)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "The Tagloom developers <tagloom@example.org>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL tools development)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_COMPONENT_TOOLS_DESCRIPTION "Trains, evaluates and runs image taggers
Taggers read a picture with a CNN and write its tags with an LSTM.
The package has the tools tagtrain, tageval, tagpredict, tagserve,
tagdata and tagbench, and configurations of published systems.")
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION "Trains, evaluates and runs image taggers (C++ libraries)
Headers and static libraries of the engine behind the tools of the
package tagloom, for find_package(tagloom) and pkg-config.")
set(CPACK_DEBIAN_TOOLS_PACKAGE_NAME tagloom)
set(CPACK_DEBIAN_TOOLS_PACKAGE_SHLIBDEPS ON)   # the Debian packages of the libraries that the tools are linked with
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME tagloom-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "${TAGLOOM_DEVELOPMENT_PACKAGES}")
include(CPack)
