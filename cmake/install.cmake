# Headers, libraries, tools and find_package(tagloom).
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
install(TARGETS tagloom_kernels tagloom_engine tagloom_models EXPORT tagloom-targets)
install(EXPORT tagloom-targets NAMESPACE tagloom:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/tagloom)
install(DIRECTORY include/tagloom DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
