// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/ctl/image/filler.h"

#include "base/memory.h"
#include "base/text.h"
#include "base/try.h"
#include "daemon/ctl/image/file_runs.h"
#include "daemon/device/checked_copy.h"
#include "daemon/media/format/layout.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <thread>

namespace famfs::ctl {

namespace {

constexpr std::uint64_t piece_bytes =
    16 * media::mebibyte; ///< so that one large file has work for all threads

struct Piece {
    std::size_t file;
    std::uint64_t position;
    std::uint64_t length;
};

/// Calls @visit with each part of [position, position + length) that lies in one piece on a device: its
/// position, its length in the file, and its place, which includes the rest of the last page.
template <class Visit>
base::Expected<void> visit_runs(const FileRuns &runs, std::uint64_t position, std::uint64_t length,
                                Visit visit) {
    for (const std::uint64_t end = position + length; position < end;) {
        const auto run = FAMFS_TRY(runs.at(position));
        const std::uint64_t part = std::min<std::uint64_t>(run.size(), end - position);
        const auto place = run.first(std::min<std::uint64_t>(run.size(), base::round_up_to_page(part)));
        if (base::Expected<void> done = visit(position, part, place); !done)
            return done;
        position += part;
    }
    return {};
}

class Filler {
public:
    Filler(std::span<PendingFile> files, const DeviceBytes &devices, media::WriteBack &write_back)
        : files_(files), write_back_(write_back) {
        for (std::size_t i = 0; i < files.size(); i++) {
            const base::FileMap &map = files[i].file.map;
            runs_.emplace_back(map, devices);
            for (std::uint64_t at = 0; at < map.size; at += piece_bytes)
                pieces_.push_back({i, at, std::min(piece_bytes, map.size - at)});
        }
    }

    void run(std::size_t threads) {
        std::vector<std::jthread> others;
        for (std::size_t i = 1; i < std::min(threads, pieces_.size()); i++)
            others.emplace_back([this] { work(); });
        work();
    }

private:
    void work() {
        for (std::size_t i = next_++; i < pieces_.size(); i = next_++) {
            const Piece &piece = pieces_[i];
            if (failed(piece.file))
                continue;
            if (auto filled = fill(piece); !filled)
                fail(piece.file, filled.error());
        }
    }

    base::Expected<void> fill(const Piece &piece) {
        static constexpr std::array<std::byte, base::page_bytes> zeros{};
        const PendingFile &file = files_[piece.file];
        return visit_runs(runs_[piece.file], piece.position, piece.length,
                          [&](std::uint64_t position, std::uint64_t length,
                              std::span<std::byte> place) -> base::Expected<void> {
                              FAMFS_TRY(file.fill(position, place.first(length)));
                              const auto rest = place.subspan(length);
                              FAMFS_TRY(device::copy_to_mapping(std::span(zeros).first(rest.size()), rest,
                                                                base::quote(file.file.path)));
                              // The fence is this thread's; nobody else's would wait for its stores.
                              write_back_.persist(place);
                              return {};
                          });
    }

    bool failed(std::size_t file) {
        const std::lock_guard lock(mutex_);
        return files_[file].error.has_value();
    }

    void fail(std::size_t file, const base::Error &error) {
        const std::lock_guard lock(mutex_);
        if (!files_[file].error)
            files_[file].error = error;
    }

    std::span<PendingFile> files_;
    media::WriteBack &write_back_;
    std::vector<FileRuns> runs_; ///< by file
    std::vector<Piece> pieces_;
    std::atomic<std::size_t> next_ = 0; ///< piece that nobody works on yet
    std::mutex mutex_;                  ///< guards the files' errors
};

} // namespace

void fill_files(std::span<PendingFile> files, const DeviceBytes &devices, media::WriteBack &write_back,
                std::size_t threads) {
    Filler(files, devices, write_back).run(threads);
}

base::Expected<DeviceBytes> stretches_of(const base::FileMap &map, const DeviceBytes &devices) {
    DeviceBytes stretches;
    const FileRuns runs(map, devices);
    FAMFS_TRY(
        visit_runs(runs, 0, map.size,
                   [&](std::uint64_t, std::uint64_t, std::span<std::byte> place) -> base::Expected<void> {
                       stretches.push_back(place);
                       return {};
                   }));
    return stretches;
}

} // namespace famfs::ctl
