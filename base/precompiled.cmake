# SPDX-License-Identifier: GPL-2.0-only
# Two precompiled headers, each made once and used by every target: the standard library for all, GoogleTest on top for
# tests. A third of the time of most files. Only headers of the system, so that they are never made again. A file still
# includes what it needs: style.tidy and style.thread_safety read it without them.

# famfs_headers(NAME LIBRARIES x... HEADERS <a>...)
function(famfs_headers name)
    cmake_parse_arguments(ARG "" "" "LIBRARIES;HEADERS" ${ARGN})
    file(WRITE ${CMAKE_BINARY_DIR}/headers/${name}.cc "")
    add_library(${name} OBJECT EXCLUDE_FROM_ALL ${CMAKE_BINARY_DIR}/headers/${name}.cc)
    target_link_libraries(${name} PRIVATE famfs_options ${ARG_LIBRARIES})
    target_precompile_headers(${name} PRIVATE ${ARG_HEADERS})
endfunction()

set(standard
    <algorithm> <array> <atomic> <bit> <charconv> <chrono> <condition_variable> <cstdint> <cstdio> <cstring> <filesystem>
    <functional> <map> <memory> <mutex> <optional> <set> <shared_mutex> <span> <string> <string_view> <system_error>
    <thread> <unordered_map> <utility> <variant> <vector>)
famfs_headers(standard_headers HEADERS ${standard})
famfs_headers(test_headers LIBRARIES GTest::gmock HEADERS ${standard} <gmock/gmock.h> <gtest/gtest.h>)
# ccache keeps nothing that uses one without -fpch-preprocess. With one, GCC 12 inlines in another order, and then takes
# "a" + std::string + "b" for a copy beyond the string's end (GCC's PR 105329 and 105651). Three warnings say that; what they are for
# is left to ASan and to the analyzer of clang-tidy.
target_compile_options(famfs_options INTERFACE
    "$<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fpch-preprocess;-Wno-array-bounds;-Wno-restrict;-Wno-stringop-overflow>")

# famfs_precompile(FOLDER): every library and program of the folder, and of the folders below, uses one of the two.
function(famfs_precompile folder)
    get_property(targets DIRECTORY ${folder} PROPERTY BUILDSYSTEM_TARGETS)
    foreach(target ${targets})
        get_target_property(type ${target} TYPE)
        get_target_property(sources ${target} SOURCES)
        get_target_property(libraries ${target} LINK_LIBRARIES)
        if(NOT type MATCHES "^(STATIC_LIBRARY|EXECUTABLE)$" OR NOT sources MATCHES "\\.cc(;|$)")
            continue()
        elseif(libraries MATCHES "GTest::|hook_test_support")
            target_precompile_headers(${target} REUSE_FROM test_headers)
        else()
            target_precompile_headers(${target} REUSE_FROM standard_headers)
        endif()
    endforeach()
    get_property(folders DIRECTORY ${folder} PROPERTY SUBDIRECTORIES)
    foreach(below ${folders})
        famfs_precompile(${below})
    endforeach()
endfunction()
