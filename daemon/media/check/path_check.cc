// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/media/check/path_check.h"

#include "base/text.h"

#include <cstring>

namespace famfs::media {

namespace {

bool bad_component(std::string_view component) {
    return component.empty() || component == "." || component == "..";
}

bool any_bad_component(std::string_view path) {
    for (std::size_t slash = path.find('/'); slash != std::string_view::npos; slash = path.find('/')) {
        if (bad_component(path.substr(0, slash)))
            return true;
        path.remove_prefix(slash + 1);
    }
    return bad_component(path);
}

/// `.meta` holds the file system's own files and is in no log.
bool in_meta(std::string_view path) {
    return path == ".meta" || path.starts_with(".meta/");
}

} // namespace

PathCheck check_path(std::string_view path) {
    if (path.empty())
        return {path, "path-empty", "a path"};
    if (path.size() > max_path)
        return {path, "path-long", "at most 79 bytes"};
    if (path.find('\0') != std::string_view::npos)
        return {path, "path-nul", "no NUL"};
    if (path.front() == '/')
        return {path, "path-absolute", "a path relative to the mount"};
    if (any_bad_component(path))
        return {path, "path-component", "no empty, \".\" or \"..\" component"};
    if (in_meta(path))
        return {path, "path-reserved", "a path outside .meta"};
    return {path, nullptr, nullptr};
}

PathCheck check_path(const Path &field) {
    const std::string_view path(field.data(), ::strnlen(field.data(), field.size()));
    if (path.size() == field.size())
        return {path, "path-unterminated", "at most 79 bytes and a NUL"};
    return check_path(path);
}

base::Expected<void> check_new_path(std::string_view path) {
    const PathCheck check = check_path(path);
    if (check.code == nullptr)
        return {};
    const int code = path.size() > max_path ? ENAMETOOLONG : EINVAL;
    return base::fail(code, "create", base::quote(path),
                      std::string("a path in a famfs has ") + check.expected);
}

} // namespace famfs::media
