// SPDX-License-Identifier: GPL-2.0-only
// A file system whose files are whole dax devices. A device bound to fsdev_dax can be read only through a
// mounted file system, so this is how we read it: on a mount that is in nobody's tree, for this process only.
#pragma once

#include "base/file_map.h"
#include "daemon/fuse/handler.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace famfs::device {

/// Answers while the connection is private; stops counting the moment the connection is handed over to
/// another handler.
class WholeDevices : public fuse::Handler {
public:
    /// Device i is the file with nodeid @first_nodeid + i and @sizes[i] bytes.
    WholeDevices(std::uint64_t first_nodeid, std::vector<std::uint64_t> sizes)
        : first_nodeid_(first_nodeid), sizes_(std::move(sizes)) {}

    [[nodiscard]] std::size_t count() const { return sizes_.size(); }
    /// The record to publish before the file is mapped: all of the device at @index.
    [[nodiscard]] base::FileMap record(std::uint32_t index) const;
    /// In the root.
    static std::string file_name(std::size_t index) { return std::to_string(index); }

    void lookup(fuse_req_t request, std::uint64_t parent, const char *name) override;
    void get_attributes(fuse_req_t request, std::uint64_t nodeid) override;
    void open(fuse_req_t request, std::uint64_t nodeid, fuse_file_info *file) override;

private:
    [[nodiscard]] std::optional<std::uint64_t> size_of(std::uint64_t nodeid) const;

    std::uint64_t first_nodeid_;
    std::vector<std::uint64_t> sizes_;
};

} // namespace famfs::device
