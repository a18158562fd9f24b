# SPDX-License-Identifier: GPL-2.0-only
# cmake -D SOURCE_DIR= -D BINARY_DIR= -D WORK_DIR= -D C_COMPILER=
#       -D GENERATOR= -D LIBDIR= -P install.cmake
#
# Installs the build, moves what was installed, and builds and runs examples/
# against it: through find_package() with each kind of library, and through
# pkg-config.

function(run)
  execute_process(COMMAND ${ARGV} RESULT_VARIABLE status
    OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT status EQUAL 0)
    list(JOIN ARGV " " command)
    message(FATAL_ERROR "${command}: ${status}\n${output}")
  endif()
endfunction()

set(prefix "${WORK_DIR}/moved prefix")
file(REMOVE_RECURSE "${WORK_DIR}")
run("${CMAKE_COMMAND}" --install "${BINARY_DIR}" --prefix "${WORK_DIR}/first")
file(RENAME "${WORK_DIR}/first" "${prefix}")

foreach(shared IN ITEMS ON OFF)
  set(build "${WORK_DIR}/shared-${shared}")
  run("${CMAKE_COMMAND}" -G "${GENERATOR}"
    -S "${SOURCE_DIR}/examples" -B "${build}"
    "-DCMAKE_PREFIX_PATH=${prefix}" "-DCMAKE_C_COMPILER=${C_COMPILER}"
    "-DCMAKE_FIND_USE_PACKAGE_REGISTRY=OFF" "-DBUILD_SHARED_LIBS=${shared}")
  run("${CMAKE_COMMAND}" --build "${build}")
  run("${CMAKE_CTEST_COMMAND}" --test-dir "${build}" --output-on-failure
    --no-tests=error)
endforeach()

# pkg-config files are for shells, which split at the blank in the other name.
file(RENAME "${prefix}" "${WORK_DIR}/prefix")
set(prefix "${WORK_DIR}/prefix")
set(ENV{PKG_CONFIG_PATH} "${prefix}/${LIBDIR}/pkgconfig")
execute_process(
  COMMAND pkg-config --cflags --libs vfiosim-sim vfiosim cmocka
  OUTPUT_VARIABLE flags OUTPUT_STRIP_TRAILING_WHITESPACE
  COMMAND_ERROR_IS_FATAL ANY)
separate_arguments(flags UNIX_COMMAND "${flags}")
run("${C_COMPILER}" -std=gnu11 -DLED_LOCKED=1
  "${SOURCE_DIR}/examples/led.c" ${flags} -o "${WORK_DIR}/led")
set(ENV{LD_LIBRARY_PATH} "${prefix}/${LIBDIR}")
run("${WORK_DIR}/led")
