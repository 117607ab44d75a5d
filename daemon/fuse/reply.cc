// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/fuse/reply.h"

#include "bpf/hook.h"

#include <cstring>
#include <linux/fuse.h>
#include <sys/stat.h>

namespace famfs::fuse {

namespace {

// The kernel also takes it as the inode's block size, which is to be that of the mappings.
constexpr std::uint32_t block_size = 4096;
constexpr std::uint64_t sector = 512;

fuse_attr raw_attributes(const Attributes &from) {
    fuse_attr raw{};
    raw.ino = from.nodeid;
    raw.size = from.size;
    raw.blocks = (from.allocated + sector - 1) / sector;
    raw.atime = static_cast<std::uint64_t>(from.access.tv_sec);
    raw.atimensec = static_cast<std::uint32_t>(from.access.tv_nsec);
    raw.mtime = static_cast<std::uint64_t>(from.modification.tv_sec);
    raw.mtimensec = static_cast<std::uint32_t>(from.modification.tv_nsec);
    raw.ctime = static_cast<std::uint64_t>(from.change.tv_sec);
    raw.ctimensec = static_cast<std::uint32_t>(from.change.tv_nsec);
    raw.mode = from.mode;
    raw.nlink = from.links;
    raw.uid = from.uid;
    raw.gid = from.gid;
    raw.blksize = block_size;
    raw.flags = from.mapped ? FUSE_ATTR_IOMAP : 0;
    return raw;
}

fuse_entry_out raw_entry(const Attributes &from) {
    fuse_entry_out raw{};
    raw.nodeid = from.nodeid;
    raw.generation = from.generation;
    raw.entry_valid = from.valid_seconds;
    raw.attr_valid = from.valid_seconds;
    raw.attr = raw_attributes(from);
    return raw;
}

template <class T>
int send_raw(fuse_req_t request, const T &raw) {
    return fuse_reply_buf(request, reinterpret_cast<const char *>(&raw), sizeof(raw));
}

fuse_dirent raw_name(std::string_view name, std::uint64_t nodeid, std::uint32_t mode,
                     std::uint64_t next_offset) {
    fuse_dirent raw{};
    raw.ino = nodeid;
    raw.off = next_offset;
    raw.namelen = static_cast<std::uint32_t>(name.size());
    raw.type = (mode & S_IFMT) >> 12;
    return raw;
}

} // namespace

int reply_entry(fuse_req_t request, const Attributes &attributes) {
    return send_raw(request, raw_entry(attributes));
}

// As libfuse builds it from the same fields (fuse_reply_open).
int reply_create(fuse_req_t request, const Attributes &attributes, const fuse_file_info &file) {
    struct {
        fuse_entry_out entry;
        fuse_open_out open;
    } raw{};
    raw.entry = raw_entry(attributes);
    raw.open.fh = file.fh;
    raw.open.open_flags =
        (file.direct_io != 0 ? FOPEN_DIRECT_IO : 0) | (file.keep_cache != 0 ? FOPEN_KEEP_CACHE : 0);
    return send_raw(request, raw);
}

void reply_no_entry(fuse_req_t request, std::uint64_t valid_seconds) {
    fuse_entry_out raw{};
    raw.entry_valid = valid_seconds;
    send_raw(request, raw);
}

void reply_attributes(fuse_req_t request, const Attributes &attributes) {
    fuse_attr_out raw{};
    raw.attr_valid = attributes.valid_seconds;
    raw.attr = raw_attributes(attributes);
    send_raw(request, raw);
}

std::byte *DirectoryReply::grow(std::size_t bytes) {
    const std::size_t start = bytes_.size();
    const std::size_t aligned = (bytes + 7) & ~std::size_t{7};
    if (aligned > capacity_ - start)
        return nullptr;
    bytes_.resize(start + aligned);
    return bytes_.data() + start;
}

bool DirectoryReply::add_dots(std::string_view name, std::uint64_t nodeid, std::uint64_t next_offset) {
    Attributes attributes;
    attributes.nodeid = nodeid;
    attributes.mode = S_IFDIR;
    return add(name, attributes, next_offset);
}

bool DirectoryReply::add(std::string_view name, const Attributes &attributes, std::uint64_t next_offset) {
    const std::size_t before_name = plus_ ? FUSE_NAME_OFFSET_DIRENTPLUS : FUSE_NAME_OFFSET;
    std::byte *at = grow(before_name + name.size());
    if (at == nullptr)
        return false;
    if (plus_) {
        const fuse_entry_out entry = raw_entry(attributes);
        std::memcpy(at, &entry, sizeof(entry));
        at += sizeof(entry);
    }
    const fuse_dirent head = raw_name(name, attributes.nodeid, attributes.mode, next_offset);
    std::memcpy(at, &head, FUSE_NAME_OFFSET);
    std::memcpy(at + FUSE_NAME_OFFSET, name.data(), name.size());
    return true;
}

int DirectoryReply::send(fuse_req_t request) const {
    return fuse_reply_buf(request, reinterpret_cast<const char *>(bytes_.data()), bytes_.size());
}

} // namespace famfs::fuse
