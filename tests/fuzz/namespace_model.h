// SPDX-License-Identifier: GPL-2.0-only
// What a log of well-formed entries means, said once more in the plainest way: maps by whole path and by
// single unit.
#pragma once

#include "tests/fuzz/namespace_input.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace famfs::test {

struct NamespaceModel {
    static constexpr std::uint64_t unit = NamespaceInput::unit;
    static constexpr std::uint64_t first_unit = 5; ///< of the primary, after a log of 8 MiB

    struct Device {
        std::uint64_t units; ///< that files may reach
        bool at_hand;
        std::uint8_t fill;
    };
    using Unit = std::pair<std::uint32_t, std::uint64_t>; ///< device, number

    std::vector<Device> devices;
    std::map<std::string, std::uint64_t> names; ///< whole path to log index
    std::map<std::uint64_t, Operation> served;  ///< by log index
    std::map<Unit, std::uint64_t> owners;       ///< log index of the first that claimed it
    bool refused = false;                       ///< something has an error

    explicit NamespaceModel(const NamespaceInput &input) : sizes_(input.device_sizes) {
        devices.push_back({sizes_[0] / unit, true, 1});
        for (std::size_t i = 0; i < input.operations.size(); i++)
            apply(input.operations[i], i);
        for (const std::uint64_t index : conflicting_)
            if (served.contains(index)) {
                names.erase(served[index].path);
                served.erase(index);
            }
    }

private:
    void apply(const Operation &operation, std::uint64_t index) {
        if (operation.kind == Operation::Kind::device)
            return refused |= !add_device(operation), void();
        bool good = operation.kind == Operation::Kind::directory || claim(operation, index);
        good &= path_is_free(operation.path);
        if (good && operation.kind == Operation::Kind::file)
            good = std::ranges::all_of(operation.map.extents, [this](const base::Extent &extent) {
                return devices[extent.device].at_hand;
            });
        refused |= !good;
        if (!good)
            return;
        names[operation.path] = index;
        served[index] = operation;
    }

    bool add_device(const Operation &operation) {
        const std::size_t index = devices.size();
        const bool known = std::ranges::any_of(
            devices, [&](const Device &device) { return device.fill == operation.device_fill; });
        if (operation.device != index || known)
            return false;
        const bool at_hand = index < sizes_.size() && sizes_[index] != 0;
        const std::uint64_t size = operation.device_size;
        devices.push_back(
            {(at_hand ? std::min(size, sizes_[index]) : size) / unit, at_hand, operation.device_fill});
        return !at_hand || size <= sizes_[index];
    }

    bool path_is_free(const std::string &path) {
        if (path.size() > media::max_path || path == ".meta" || path.starts_with(".meta/") ||
            names.contains(path))
            return false;
        const std::size_t slash = path.rfind('/');
        if (slash == std::string::npos)
            return true;
        const auto parent = names.find(path.substr(0, slash));
        return parent != names.end() && served[parent->second].kind == Operation::Kind::directory;
    }

    /// Takes the units of every extent that lies where a file's may; says whether all do and hold the file.
    bool claim(const Operation &operation, std::uint64_t index) {
        bool good = true;
        for (const base::Extent &extent : operation.map.extents) {
            const std::uint64_t start = extent.offset / unit;
            const std::uint64_t end = start + extent.length / unit;
            if (extent.device >= devices.size() || end > devices[extent.device].units ||
                (extent.device == 0 && start < first_unit)) {
                good = false;
                continue;
            }
            for (std::uint64_t at = start; at < end; at++)
                if (!owners.try_emplace({extent.device, at}, index).second) {
                    conflicting_.insert(index);
                    refused = true;
                }
        }
        return good && holds_its_size(operation.map);
    }

    /// Deals the file's bytes out, a unit or a chunk at a time.
    static bool holds_its_size(const base::FileMap &map) {
        std::vector<std::uint64_t> room;
        for (const base::Extent &extent : map.extents)
            room.push_back(extent.length);
        const std::uint64_t step = map.chunk == 0 ? unit : map.chunk;
        std::size_t turn = 0;
        for (std::uint64_t position = 0; position < map.size; position += step) {
            while (map.chunk == 0 && turn < room.size() && room[turn] == 0)
                turn++;
            if (turn == room.size() || room[turn] < step)
                return false;
            room[turn] -= step;
            if (map.chunk != 0)
                turn = (turn + 1) % room.size();
        }
        return true;
    }

    std::vector<std::uint64_t> sizes_;
    std::set<std::uint64_t> conflicting_;
};

} // namespace famfs::test
