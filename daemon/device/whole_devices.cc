// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/device/whole_devices.h"

#include "daemon/fuse/reply.h"

#include <charconv>
#include <cstring>
#include <sys/stat.h>

namespace famfs::device {

namespace {

fuse::Attributes root_attributes() {
    fuse::Attributes attributes;
    attributes.nodeid = FUSE_ROOT_ID;
    attributes.mode = S_IFDIR | 0700;
    attributes.links = 2;
    return attributes;
}

// Valid for no time: the kernel asks again, and after the hand-over nobody knows these names.
fuse::Attributes file_attributes(std::uint64_t nodeid, std::uint64_t size) {
    fuse::Attributes attributes;
    attributes.nodeid = nodeid;
    attributes.size = size;
    attributes.allocated = size;
    attributes.mode = S_IFREG | 0600;
    attributes.mapped = true;
    return attributes;
}

/// As file_name().
std::optional<std::uint64_t> parse_index(const char *name) {
    std::uint64_t index = 0;
    const char *end = name + std::strlen(name);
    const auto result = std::from_chars(name, end, index);
    if (result.ec != std::errc() || result.ptr != end)
        return std::nullopt;
    return index;
}

} // namespace

std::optional<std::uint64_t> WholeDevices::size_of(std::uint64_t nodeid) const {
    if (nodeid < first_nodeid_ || nodeid - first_nodeid_ >= sizes_.size())
        return std::nullopt;
    return sizes_[nodeid - first_nodeid_];
}

base::FileMap WholeDevices::record(std::uint32_t index) const {
    base::FileMap file;
    file.nodeid = first_nodeid_ + index;
    file.size = sizes_[index];
    file.extents = {{.device = index, .offset = 0, .length = sizes_[index]}};
    return file;
}

void WholeDevices::lookup(fuse_req_t request, std::uint64_t parent, const char *name) {
    const auto index = parse_index(name);
    if (parent != FUSE_ROOT_ID || !index || *index >= sizes_.size())
        return fuse::reply_no_entry(request, 0);
    fuse::reply_entry(request, file_attributes(first_nodeid_ + *index, sizes_[*index]));
}

void WholeDevices::get_attributes(fuse_req_t request, std::uint64_t nodeid) {
    if (nodeid == FUSE_ROOT_ID)
        fuse::reply_attributes(request, root_attributes());
    else if (const auto size = size_of(nodeid))
        fuse::reply_attributes(request, file_attributes(nodeid, *size));
    else
        fuse_reply_err(request, ENOENT);
}

// keep_cache: otherwise the kernel drops the inode's page tables at each open.
void WholeDevices::open(fuse_req_t request, std::uint64_t nodeid, fuse_file_info *file) {
    if (!size_of(nodeid)) {
        fuse_reply_err(request, ENOENT);
        return;
    }
    file->keep_cache = 1;
    fuse_reply_open(request, file);
}

} // namespace famfs::device
