# SPDX-License-Identifier: GPL-2.0-only
# Install rules: headers, libraries, program, CMake package, pkg-config files.
include(CMakePackageConfigHelpers)

set(cmake_dir "${CMAKE_INSTALL_LIBDIR}/cmake/vfiosim")

# vfiosim_install_component(COMPONENT LIBRARY)
#
# Installs LIBRARY_static and LIBRARY_shared and exports them as
# vfiosim::COMPONENT-static and vfiosim::COMPONENT-shared.
function(vfiosim_install_component component library)
  set(targets ${library}_static)
  set_target_properties(${library}_static PROPERTIES
    EXPORT_NAME ${component}-static)
  if(TARGET ${library}_shared)
    list(APPEND targets ${library}_shared)
    set_target_properties(${library}_shared PROPERTIES
      EXPORT_NAME ${component}-shared)
  endif()
  install(TARGETS ${targets} EXPORT vfiosim-${component}
    ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
    LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}"
    INCLUDES DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
  install(EXPORT vfiosim-${component}
    FILE vfiosim-${component}-targets.cmake
    NAMESPACE vfiosim::
    DESTINATION "${cmake_dir}")
endfunction()

install(DIRECTORY include/vfiosim DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
  FILES_MATCHING PATTERN "*.h")
vfiosim_install_component(lib vfiosim)
vfiosim_install_component(sim vfiosim_sim)
install(TARGETS vfiosim_program RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")

configure_package_config_file(
  cmake/vfiosim-config.cmake.in
  "${PROJECT_BINARY_DIR}/vfiosim-config.cmake"
  INSTALL_DESTINATION "${cmake_dir}"
  NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(
  "${PROJECT_BINARY_DIR}/vfiosim-config-version.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES
  "${PROJECT_BINARY_DIR}/vfiosim-config.cmake"
  "${PROJECT_BINARY_DIR}/vfiosim-config-version.cmake"
  DESTINATION "${cmake_dir}")

# pkg-config finds the prefix from where the file lies, so that an installed
# tree may be moved.
cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX
  BASE_DIRECTORY "${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig"
  OUTPUT_VARIABLE pc_prefix)
foreach(name IN ITEMS vfiosim vfiosim-sim)
  configure_file(cmake/${name}.pc.in "${PROJECT_BINARY_DIR}/${name}.pc" @ONLY)
  install(FILES "${PROJECT_BINARY_DIR}/${name}.pc"
    DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
endforeach()
