// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/media/write/author.h"

#include "base/text.h"
#include "base/try.h"
#include "daemon/media/check/path_check.h"

namespace famfs::media {

base::Expected<Author> Author::open(std::span<std::byte> primary, const FileSystem &checked,
                                    WriteBack &write_back) {
    auto log = FAMFS_TRY(LogWriter::open(primary, checked, write_back));
    return Author(checked, log);
}

Author::Kind Author::kind(std::string_view path) const {
    if (path.empty())
        return Kind::directory;
    if (const auto made = made_.find(std::string(path)); made != made_.end())
        return made->second;
    const Node *node = checked_->find_path(path);
    if (node == nullptr)
        return Kind::none;
    return node->directory ? Kind::directory : Kind::file;
}

base::Expected<void> Author::check_new(std::string_view path) const {
    FAMFS_TRY(check_new_path(path));
    if (kind(path) != Kind::none)
        return base::fail(EEXIST, "create", base::quote(path),
                          "a name is used once: a famfs cannot replace or remove");
    const std::size_t slash = path.rfind('/');
    const std::string_view parent = slash == std::string_view::npos ? "" : path.substr(0, slash);
    switch (kind(parent)) {
    case Kind::directory:
        return {};
    case Kind::file:
        return base::fail(ENOTDIR, "create", base::quote(path), base::quote(parent) + " is a file");
    default:
        return base::fail(ENOENT, "create", base::quote(path), "make the directory first: famfsctl mkdir -p");
    }
}

/// Prepared files have a slot each, so that their commit cannot fail for want of one.
base::Expected<void> Author::check_room(std::string_view path) const {
    if (free_slots() > 0)
        return {};
    return base::fail(ENOSPC, "create", base::quote(path), "the log is full");
}

base::Expected<void> Author::make_directory(const std::string &path, const Attributes &attributes,
                                            bool parents) {
    if (parents) {
        const std::size_t slash = path.rfind('/');
        if (slash != std::string::npos && kind(path.substr(0, slash)) != Kind::directory)
            FAMFS_TRY(make_directory(path.substr(0, slash), attributes, true));
        if (kind(path) == Kind::directory)
            return {};
    }
    FAMFS_TRY(check_new(path));
    FAMFS_TRY(check_room(path));
    FAMFS_TRY(log_.append(make_directory_entry(path, attributes)));
    made_.emplace(path, Kind::directory);
    return {};
}

base::Expected<NewFile> Author::begin(const std::string &path, const Attributes &attributes) {
    FAMFS_TRY(check_new(path));
    FAMFS_TRY(check_room(path));
    made_.emplace(path, Kind::file);
    prepared_++;
    return NewFile{path, {}, attributes};
}

base::Expected<NewFile> Author::prepare(const std::string &path, std::uint64_t size,
                                        const Attributes &attributes, const Striping &striping) {
    auto file = FAMFS_TRY(begin(path, attributes));
    auto map = allocator_.allocate(size, striping);
    if (!map) {
        abandon(file);
        return std::unexpected(map.error());
    }
    file.map = std::move(*map);
    return file;
}

base::Expected<void> Author::commit(const NewFile &file) {
    const base::FileMap map = allocator_.cut(file.map, file.map.size);
    if (map.size == 0 || map.size > capacity_of(map))
        return base::fail(EINVAL, "create", base::quote(file.path),
                          "a size of " + base::human_size(map.size) + ", where it has " +
                              base::human_size(capacity_of(map)) + " of space");
    FAMFS_TRY(log_.append(make_file_entry(file.path, map, file.attributes)));
    prepared_--;
    return {};
}

void Author::abandon(const NewFile &file) {
    made_.erase(file.path);
    prepared_--;
}

} // namespace famfs::media
