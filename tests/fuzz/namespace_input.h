// SPDX-License-Identifier: GPL-2.0-only
// What an input of namespace_fuzz means: a byte that says which devices are at hand, then operations of eight
// bytes, each of which becomes one well-formed log entry over few names and few units, so that they meet.
#pragma once

#include "daemon/media/format/entry.h"
#include "tests/fuzz/log_input.h"

#include <array>
#include <cstring>
#include <string>
#include <vector>

namespace famfs::test {

struct Operation {
    enum class Kind { file, directory, device };
    Kind kind = Kind::file;
    std::string path;
    base::FileMap map;             ///< of a file
    std::uint32_t device = 0;      ///< index that an ADD_DAXDEV entry gives itself
    std::uint8_t device_fill = 0;  ///< what its uuid is made of
    std::uint64_t device_size = 0; ///< bytes
};

struct NamespaceInput {
    static constexpr std::uint64_t unit = media::default_alloc_unit;
    static constexpr std::uint64_t secondary_size = 24 * unit; ///< at hand
    static constexpr std::size_t most_operations = 64;
    static constexpr std::size_t operation_bytes = 8;

    std::vector<std::uint64_t> device_sizes; ///< at hand; 0: not
    std::vector<Operation> operations;

    static NamespaceInput read(std::span<const std::uint8_t> bytes) {
        NamespaceInput input;
        const std::uint8_t at_hand = bytes.empty() ? 0 : bytes[0];
        input.device_sizes = {4 * media::gibibyte, (at_hand & 1) != 0 ? secondary_size : 0,
                              (at_hand & 2) != 0 ? secondary_size : 0};
        for (std::size_t at = 1; at < bytes.size() && input.operations.size() < most_operations;
             at += operation_bytes) {
            std::array<std::uint8_t, operation_bytes> code{};
            std::memcpy(code.data(), bytes.data() + at, std::min(code.size(), bytes.size() - at));
            input.operations.push_back(operation(code));
        }
        return input;
    }

    static media::LogEntry entry(const Operation &operation, std::uint64_t index) {
        media::LogEntry entry;
        base::Uuid uuid;
        uuid.fill(operation.device_fill);
        switch (operation.kind) {
        case Operation::Kind::file:
            entry = media::make_file_entry(operation.path, operation.map, {1, 2, 0640});
            if (operation.path.size() > media::max_path)
                entry.file.path.back() = 'n'; // the writer would have refused it
            break;
        case Operation::Kind::directory:
            entry = media::make_directory_entry(operation.path, {1, 2, 0750});
            if (operation.path.size() > media::max_path)
                entry.mkdir.path.back() = 'n';
            break;
        case Operation::Kind::device:
            entry = media::make_device_entry(operation.device, uuid, operation.device_size);
        }
        media::seal(entry, index);
        return entry;
    }

    static const std::vector<std::string> &names() {
        static const std::vector<std::string> names = {"a", "b", ".meta", std::string(40, 'n')};
        return names;
    }

private:
    static Operation operation(const std::array<std::uint8_t, operation_bytes> &code) {
        Operation operation;
        const unsigned int kind = code[0] % 8;
        operation.kind = kind == 7  ? Operation::Kind::device
                         : kind > 3 ? Operation::Kind::directory
                                    : Operation::Kind::file;
        operation.path = path(code[1]);
        operation.map = map(code);
        operation.device = code[1] % 4;
        operation.device_fill = static_cast<std::uint8_t>(1 + code[2] % 4);
        operation.device_size = (16 + code[3] % 3 * 8ULL) * unit;
        return operation;
    }

    /// One to three names.
    static std::string path(unsigned int code) {
        std::string path = names()[code / 4 % 4];
        for (unsigned int part = 1; part <= code % 4 && part < 3; part++)
            path += "/" + names()[(code >> (2 + 2 * part)) % 4];
        return path;
    }

    /// One to four extents of one to four units. A place of 28 and more counts from a device's 24th unit, to
    /// meet the end.
    static base::FileMap map(const std::array<std::uint8_t, operation_bytes> &code) {
        base::FileMap map;
        map.chunk = (code[0] & 8) != 0 ? unit << (code[0] >> 4 & 1) : 0;
        for (unsigned int i = 0; i <= code[2] % 4U; i++) {
            const unsigned int place = code[3 + i] % 32U;
            map.extents.push_back({code[3 + i] / 32U % 3U, (place < 28 ? place : place - 7) * unit,
                                   (1 + (code[2] >> (2 + i) & 3U)) * unit});
        }
        map.size = 1 + code[7] * (unit / 16);
        return map;
    }
};

} // namespace famfs::test
