# SPDX-License-Identifier: GPL-2.0-only
# Compiler options that hold for the whole tree.

add_compile_options(
  -Wall
  -Wextra
  -Wcast-qual
  -Wmissing-prototypes
  -Wpointer-arith
  -Wshadow
  -Wstrict-prototypes
  -Wundef
  -Wvla
  -Wwrite-strings
  # Searches by states ask where on its stack a task stands.
  -fno-omit-frame-pointer
  # Reports and schedules print __FILE__: the same on every machine.
  "-fmacro-prefix-map=${PROJECT_SOURCE_DIR}/=")

# Everything is instrumented, so that a fuzzer sees where its input leads.
if(VFIOSIM_FUZZ)
  if(NOT CMAKE_C_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "VFIOSIM_FUZZ needs -D CMAKE_C_COMPILER=clang")
  endif()
  set(VFIOSIM_SANITIZE "address,undefined")
  add_compile_options(-fsanitize=fuzzer-no-link)
  add_link_options(-fsanitize=fuzzer-no-link)
endif()

if(VFIOSIM_SANITIZE)
  set(sanitizers "address|undefined|leak|thread|memory")
  if(NOT VFIOSIM_SANITIZE MATCHES "^(${sanitizers})(,(${sanitizers}))*$")
    message(FATAL_ERROR
      "VFIOSIM_SANITIZE is \"${VFIOSIM_SANITIZE}\"; "
      "expected a comma-separated list of ${sanitizers}")
  endif()
  add_compile_options(-fsanitize=${VFIOSIM_SANITIZE}
    -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${VFIOSIM_SANITIZE})
endif()
