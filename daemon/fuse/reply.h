// SPDX-License-Identifier: GPL-2.0-only
// Replies that carry attributes, built as the kernel reads them (include/uapi/linux/fuse.h): libfuse has no
// way to set fuse_attr.flags, which marks an inode whose data the connection's program maps.
#pragma once

#include <cstddef>
#include <cstdint>
#include <ctime>
#include <fuse3/fuse_lowlevel.h>
#include <string_view>
#include <vector>

namespace famfs::fuse {

struct Attributes {
    std::uint64_t nodeid = 0;
    std::uint32_t generation = 0; ///< another one for each use of a nodeid
    std::uint64_t size = 0;
    std::uint64_t allocated = 0; ///< bytes
    timespec access{};
    timespec modification{};
    timespec change{};
    std::uint32_t mode = 0; ///< with the type, S_IFREG and so on
    std::uint32_t links = 1;
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    bool mapped = false;             ///< FUSE_ATTR_IOMAP; must not change in an inode's life
    std::uint64_t valid_seconds = 0; ///< how long the kernel may keep name and attributes

    void set_times(timespec time) { access = modification = change = time; }
};

/// Not 0: the kernel has not taken the entry, so it will not forget it.
int reply_entry(fuse_req_t request, const Attributes &attributes);
/// Of create: an entry, and what open answers. Not 0: it has taken neither, and will not release the handle.
int reply_create(fuse_req_t request, const Attributes &attributes, const fuse_file_info &file);
/// "No such name", which the kernel may remember.
void reply_no_entry(fuse_req_t request, std::uint64_t valid_seconds);
void reply_attributes(fuse_req_t request, const Attributes &attributes);

/// Collects the answer to readdir or readdirplus.
class DirectoryReply {
public:
    DirectoryReply(std::size_t capacity, bool plus) : capacity_(capacity), plus_(plus) {}
    /// "." and "..": a name that the kernel must not count as a lookup.
    bool add_dots(std::string_view name, std::uint64_t nodeid, std::uint64_t next_offset);
    /// False: no room; the entry is asked for again with the next request.
    bool add(std::string_view name, const Attributes &attributes, std::uint64_t next_offset);
    /// Not 0: the kernel has taken none of the entries.
    int send(fuse_req_t request) const;

private:
    std::byte *grow(std::size_t bytes);

    std::size_t capacity_;
    bool plus_;
    std::vector<std::byte> bytes_;
};

} // namespace famfs::fuse
