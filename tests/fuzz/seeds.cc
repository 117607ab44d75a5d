// SPDX-License-Identifier: GPL-2.0-only
// Seeds for the fuzzers, made by our own writer: seeds DIRECTORY writes DIRECTORY/NAME for each of them.
#include "loader/record_builder.h"
#include "loader/record_store.h"
#include "tests/fuzz/entry_input.h"
#include "tests/fuzz/map_input.h"
#include "tests/support/media_image.h"

#include <filesystem>
#include <fstream>
#include <iostream>
#include <random>

namespace famfs::test {
namespace {

constexpr std::uint64_t unit = media::default_alloc_unit;
constexpr std::uint8_t all_right = right_superblock_crc | right_header_crc | right_entries |
                                   right_next_index | second_at_hand | third_at_hand;

void write(const std::filesystem::path &path, const std::vector<std::byte> &bytes) {
    std::ofstream file(path, std::ios::binary);
    file.write(reinterpret_cast<const char *>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    if (!file.flush())
        throw std::runtime_error("cannot write " + path.string());
}

/// An empty one, and one of many small files and directories.
std::vector<std::byte> tree(int files) {
    TestDevices devices({4 * media::gibibyte, 4 * media::gibibyte, media::gibibyte});
    devices.mkfs();
    const media::FileSystem fs = devices.parse();
    media::Allocator allocator(fs, 1);
    auto log = sound(media::LogWriter::open(devices.primary(), fs, *devices.write_back));
    std::string directory;
    for (int i = 0; i < files; i++) {
        if (i % 5 == 0) {
            directory += directory.empty() ? "a" : "/b";
            sound(log.append(media::make_directory_entry(directory, {})));
        }
        const media::Striping striping{.strips = i % 3 == 0 ? 1U + static_cast<std::uint32_t>(i) % 4U : 0U};
        sound(log.append(media::make_file_entry(
            directory + "/" + std::to_string(i),
            sound(allocator.allocate(1 + static_cast<std::uint64_t>(i) * unit, striping)), {})));
    }
    return devices.metadata();
}

void write_logs(const std::filesystem::path &directory) {
    std::filesystem::create_directories(directory);
    write(directory / "sample", LogInput::of(sample(), all_right).write());
    write(directory / "sample-alone", LogInput::of(sample(), all_right & ~second_at_hand).write());
    write(directory / "sample-small", LogInput::of(sample(), all_right | small_primary).write());
    write(directory / "sample-as-it-is", LogInput::of(sample(), second_at_hand).write());
    write(directory / "empty", LogInput::of(tree(0), all_right).write());
    write(directory / "tree", LogInput::of(tree(12), all_right).write());
}

/// Each entry of the sample, sealed anew and as it is, and with each setting.
void write_entries(const std::filesystem::path &directory) {
    std::filesystem::create_directories(directory);
    const std::vector<media::LogEntry> entries = LogInput::of(sample(), 0).entries;
    for (std::size_t i = 0; i < entries.size(); i++) {
        media::LogEntry entry = entries[i];
        if (entry.type == static_cast<std::uint32_t>(media::EntryType::file) && entry.file.path[0] == 'd')
            entry.file.path[0] = 'a';
        for (const std::uint8_t settings : {0, +small_unit, +wrong_seal, second_at_hand | third_at_hand})
            write(directory / (std::to_string(i) + "-" + std::to_string(settings)),
                  EntryInput{settings, entry}.write());
    }
}

/// Any bytes are operations.
void write_namespaces(const std::filesystem::path &directory) {
    std::filesystem::create_directories(directory);
    std::mt19937 random(1);
    for (int operations : {1, 2, 4, 8, 16, 32, 64})
        for (int variant = 0; variant < 4; variant++) {
            std::vector<std::byte> bytes(1 + 8 * static_cast<std::size_t>(operations));
            std::ranges::generate(bytes, [&random] { return static_cast<std::byte>(random()); });
            write(directory / (std::to_string(operations) + "-" + std::to_string(variant)), bytes);
        }
}

/// The sample's records in a small arena, each file asked at its start and end; and a record with its list.
void write_records(const std::filesystem::path &directory) {
    std::filesystem::create_directories(directory);
    const auto memory = sparse(8192); // a page of records and one of lists
    const media::FileSystem fs = sound(media::FileSystem::parse(sample(), sample_sizes()));
    const auto store = sound(loader::make_arena_store(memory.bytes(), {1, 2}));
    for (const media::Node &node : fs.nodes()) {
        if (node.directory)
            continue;
        sound(store->publish(node.map));
        const auto built = sound(loader::build_record(node.map, std::vector<std::uint32_t>{1, 2}));
        std::vector<std::byte> with_list(sizeof(built.record));
        media::store(std::span(with_list), 0, built.record);
        const auto list = std::as_bytes(std::span(built.elements));
        with_list.insert(with_list.end(), list.begin(), list.end());
        const std::string name = std::to_string(node.nodeid);
        for (const std::uint64_t position : {std::uint64_t{0}, node.map.size - 1}) {
            const std::string at = name + "-" + std::to_string(position);
            write(directory / ("arena-" + at), MapInput{node.nodeid, position, memory.bytes()}.write());
            write(directory / ("record-" + at), MapInput{node.nodeid, position, with_list}.write());
        }
    }
}

} // namespace
} // namespace famfs::test

int main(int count, char **arguments) {
    if (count != 2) {
        std::cerr << "Usage: seeds DIRECTORY\n";
        return 2;
    }
    try {
        const std::filesystem::path directory(arguments[1]);
        famfs::test::write_logs(directory / "log_fuzz");
        famfs::test::write_entries(directory / "entry_fuzz");
        famfs::test::write_namespaces(directory / "namespace_fuzz");
        famfs::test::write_records(directory / "map_fuzz");
    } catch (const std::exception &error) {
        std::cerr << "seeds: " << error.what() << "\n";
        return 1;
    }
    return 0;
}
