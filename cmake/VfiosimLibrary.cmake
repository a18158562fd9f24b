# SPDX-License-Identifier: GPL-2.0-only

# vfiosim_add_library(NAME OUTPUT EXPORTS SOURCES ... LIBS ... PRIVATE_LIBS ...)
#
# Compiles the sources once, position-independent, into the object library
# NAME_objects, and makes NAME_static and NAME_shared of it.  OUTPUT is the
# name without "lib".  EXPORTS is the version script of the shared library.
# With BUILD_SHARED_LIBS off there is no shared one.
function(vfiosim_add_library name output exports)
  cmake_parse_arguments(arg "" "" "SOURCES;LIBS;PRIVATE_LIBS" ${ARGN})
  set(includes "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>")

  add_library(${name}_objects OBJECT ${arg_SOURCES})
  set_target_properties(${name}_objects PROPERTIES
    POSITION_INDEPENDENT_CODE ON)
  target_include_directories(${name}_objects PRIVATE ${includes})
  target_link_libraries(${name}_objects
    PRIVATE Threads::Threads ${arg_PRIVATE_LIBS})

  add_library(${name}_static STATIC $<TARGET_OBJECTS:${name}_objects>)
  set(kinds static)
  if(BUILD_SHARED_LIBS)
    add_library(${name}_shared SHARED $<TARGET_OBJECTS:${name}_objects>)
    target_link_options(${name}_shared
      PRIVATE "LINKER:--version-script=${exports}")
    set_target_properties(${name}_shared PROPERTIES
      LINK_DEPENDS "${exports}"
      VERSION ${PROJECT_VERSION}
      SOVERSION ${PROJECT_VERSION_MAJOR}
      INSTALL_RPATH "$ORIGIN")
    if(NOT VFIOSIM_SANITIZE)
      target_link_options(${name}_shared PRIVATE LINKER:--no-undefined)
    endif()
    list(APPEND kinds shared)
  endif()

  foreach(kind IN LISTS kinds)
    set_target_properties(${name}_${kind} PROPERTIES OUTPUT_NAME ${output})
    target_include_directories(${name}_${kind} INTERFACE ${includes})
    target_link_libraries(${name}_${kind}
      PUBLIC Threads::Threads
      PRIVATE ${arg_PRIVATE_LIBS})
    foreach(lib IN LISTS arg_LIBS)
      target_link_libraries(${name}_${kind} PUBLIC ${lib}_${kind})
      target_include_directories(${name}_objects PRIVATE
        $<TARGET_PROPERTY:${lib}_${kind},INTERFACE_INCLUDE_DIRECTORIES>)
    endforeach()
  endforeach()
endfunction()
