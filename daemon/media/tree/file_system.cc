// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/media/tree/file_system.h"

#include "daemon/media/check/entry_check.h"
#include "daemon/media/check/log_check.h"
#include "daemon/media/check/superblock_check.h"
#include "daemon/media/format/bytes.h"
#include "daemon/media/tree/log_reader.h"

#include <algorithm>

namespace famfs::media {

const Node *FileSystem::find(std::uint64_t nodeid) const {
    if (nodeid >= positions_.size() || positions_[nodeid] == NameTable::none)
        return nullptr;
    return &nodes_[positions_[nodeid]];
}

const Node *FileSystem::find(std::uint64_t parent, std::string_view name) const {
    const std::uint32_t position = names_.find(nodes_, parent, name);
    return position == NameTable::none ? nullptr : &nodes_[position];
}

const Node *FileSystem::find_path(std::string_view path) const {
    const Node *node = find(root_nodeid);
    while (node != nullptr && !path.empty()) {
        const std::size_t slash = path.find('/');
        node = find(node->nodeid, path.substr(0, slash));
        path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
    }
    return node;
}

std::span<const std::uint64_t> FileSystem::children(std::uint64_t directory) const {
    const Node *node = find(directory);
    if (node == nullptr || !node->directory)
        return {};
    return children_[lists_[positions_[directory]]];
}

/// @node is new. Its name is copied; its extents are in the pool.
void FileSystem::add(Node node) {
    const std::span<char> name = characters_.take(node.name.size());
    std::ranges::copy(node.name, name.begin());
    node.name = {name.data(), name.size()};
    if (positions_.size() <= node.nodeid)
        positions_.resize(node.nodeid + 1, NameTable::none);
    nodes_.push_back(node);
    index(static_cast<std::uint32_t>(nodes_.size() - 1));
}

/// Nodes are added and indexed in log order, so each list of children is in that order too.
void FileSystem::index(std::uint32_t position) {
    const Node &node = nodes_[position];
    positions_[node.nodeid] = position;
    names_.insert(nodes_, position);
    lists_.push_back(node.directory ? static_cast<std::uint32_t>(children_.size()) : NameTable::none);
    if (node.directory)
        children_.emplace_back();
    if (node.nodeid != root_nodeid)
        children_[lists_[positions_[node.parent]]].push_back(node.nodeid);
}

/// Takes nodes without children out, and indexes the others anew: it is rare.
void FileSystem::remove(const std::function<bool(std::uint64_t)> &gone) {
    std::erase_if(nodes_, [&](const Node &node) { return gone(node.nodeid); });
    names_ = NameTable();
    names_.reserve(nodes_.size());
    std::ranges::fill(positions_, NameTable::none);
    lists_.clear();
    children_.clear();
    for (std::uint32_t position = 0; position < nodes_.size(); position++)
        index(position);
}

Inspection FileSystem::inspect(std::span<const std::byte> primary,
                               std::span<const std::uint64_t> device_sizes) {
    LogReader reader(primary, device_sizes);
    if (!reader.refusal())
        reader.feed(primary.subspan(entry_offset(0),
                                    reader.file_system().log_header().next_index * sizeof(LogEntry)));
    return std::move(reader).finish();
}

base::Expected<FileSystem> FileSystem::parse(std::span<const std::byte> primary,
                                             std::span<const std::uint64_t> device_sizes) {
    Inspection inspection = inspect(primary, device_sizes);
    if (!inspection.file_system)
        return std::unexpected(std::move(inspection.error));
    return std::move(*inspection.file_system);
}

std::vector<std::uint64_t> recorded_device_sizes(std::span<const std::byte> primary) {
    Superblock superblock{};
    LogHeader header{};
    ProblemList ignored;
    if (!holds(primary, 0, sizeof(Superblock)))
        return {};
    const std::uint64_t recorded = snapshot<Superblock>(primary, 0).device_size;
    if (check_superblock(primary, recorded, superblock, ignored) != 0 ||
        check_log_header(primary, superblock, header, ignored) != 0)
        return {};
    std::vector<std::uint64_t> sizes = {recorded};
    for (std::uint64_t index = 0; index < header.next_index; index++) {
        const auto entry = snapshot<LogEntry>(primary, entry_offset(index));
        if (!entry_complete(entry, index))
            break;
        if (entry.type == static_cast<std::uint32_t>(EntryType::add_device))
            sizes.push_back(entry.device.size);
    }
    return sizes;
}

} // namespace famfs::media
