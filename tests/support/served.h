// SPDX-License-Identifier: GPL-2.0-only
// The promise of media::FileSystem: what is in nodes() is safe to serve. Every file is published as the
// daemon does it, and every byte of it is looked up with bpf/mapping.h.
#pragma once

#include "base/memory.h"
#include "daemon/media/tree/file_system.h"
#include "loader/record_store.h"

#include <algorithm>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace famfs::test {

class ServedCheck {
public:
    /// Of a file with more than @most_chunks only the first and the last ones are looked up.
    explicit ServedCheck(const media::FileSystem &fs, std::uint64_t most_chunks = 8192)
        : fs_(fs), most_chunks_(most_chunks) {}

    /// What is wrong, or nothing.
    std::optional<std::string> fault() {
        auto memory = base::Memory::anonymous(16ULL << 20, "records");
        if (!memory)
            return memory.error().message();
        std::vector<std::uint32_t> cookies;
        for (std::uint32_t device = 0; device < fs_.devices().size(); device++)
            cookies.push_back(device + 1);
        auto store = loader::make_arena_store(memory->bytes(), cookies);
        if (!store)
            return store.error().message();
        for (const media::Node &node : fs_.nodes())
            if (auto found = fault_of(node, **store))
                return "nodeid " + std::to_string(node.nodeid) + ": " + *found;
        return shared_byte();
    }

private:
    struct Run {
        std::uint32_t device;
        std::uint64_t start;
        std::uint64_t end;
        std::uint64_t nodeid;
    };

    std::optional<std::string> fault_of(const media::Node &node, loader::RecordStore &store) {
        if (const media::Node *parent = fs_.find(node.parent); parent == nullptr || !parent->directory)
            return "its parent is no directory";
        if (fs_.find(node.nodeid) != &node)
            return "not found by its nodeid";
        if (node.nodeid != media::root_nodeid && fs_.find(node.parent, node.name) != &node)
            return "not found by its name";
        if (node.directory)
            return {};
        if (auto published = store.publish(node.map); !published)
            return published.error().message();
        return walk(node, store);
    }

    std::optional<std::string> walk(const media::Node &node, const loader::RecordStore &store) {
        const std::uint64_t size = node.map.size;
        famfs_answer answer{};
        if (store.resolve(node.nodeid, size, answer) != FAMFS_PAST_END)
            return "bytes beyond its end are answered";
        std::uint64_t steps = 0;
        for (std::uint64_t position = 0; position < size;) {
            if (const auto status = store.resolve(node.nodeid, position, answer); status != FAMFS_OK)
                return "position " + std::to_string(position) + ": status " + std::to_string(status);
            if (answer.offset != position || answer.length == 0)
                return "position " + std::to_string(position) + ": the answer begins elsewhere";
            if (auto found = reach(node, answer))
                return "position " + std::to_string(position) + ": " + *found;
            position += answer.length;
            if (++steps == most_chunks_ / 2 && size > most_chunks_ * answer.length)
                position = size / answer.length * answer.length - most_chunks_ / 4 * answer.length;
        }
        return {};
    }

    /// Does the answer stay inside what this file may reach?
    std::optional<std::string> reach(const media::Node &node, const famfs_answer &answer) {
        const std::uint32_t device = answer.device - 1;
        if (device >= fs_.devices().size() || !fs_.devices()[device].at_hand)
            return "a device that is not there";
        std::uint64_t start = device == 0 ? media::data_start(0, fs_.superblock().log_length) : 0;
        std::uint64_t end = fs_.devices()[device].usable;
        if (node.nodeid == media::superblock_nodeid)
            start = 0, end = media::superblock_region;
        else if (node.nodeid == media::log_nodeid)
            start = media::log_offset, end = start + fs_.superblock().log_length;
        if (answer.address < start || answer.address > end || answer.length > end - answer.address)
            return "bytes " + std::to_string(answer.address) + " and " + std::to_string(answer.length) +
                   " more of device " + std::to_string(device) + " are not a file's";
        runs_.push_back({device, answer.address, answer.address + answer.length, node.nodeid});
        return {};
    }

    std::optional<std::string> shared_byte() {
        std::ranges::sort(runs_, {}, [](const Run &run) { return std::tuple(run.device, run.start); });
        const auto shared = std::ranges::adjacent_find(runs_, [](const Run &left, const Run &right) {
            return left.device == right.device && right.start < left.end;
        });
        if (shared == runs_.end())
            return {};
        return "nodeids " + std::to_string(shared->nodeid) + " and " +
               std::to_string(std::next(shared)->nodeid) + " share byte " +
               std::to_string(std::next(shared)->start);
    }

    const media::FileSystem &fs_;
    std::uint64_t most_chunks_;
    std::vector<Run> runs_;
};

} // namespace famfs::test
