// SPDX-License-Identifier: GPL-2.0-only
// A mount's made files without a mount: two files on small devices, requests about them, and what must hold
// whatever order they came in.
#pragma once

#include "daemon/server/files/made_files.h"
#include "tests/support/media_image.h"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace famfs::test {

/// Keeps nothing but the log. Each call is a step of its own among those of other requests.
class ModelStorage : public server::Storage {
public:
    explicit ModelStorage(const TestDevices &devices) : devices_(devices) {}
    ~ModelStorage() override;

    base::Expected<void> write(std::uint32_t device, std::uint64_t offset,
                               std::span<const std::byte> bytes) override;
    base::Expected<void> zero(std::uint32_t device, std::uint64_t offset, std::uint64_t length) override;
    base::Expected<void> persist(std::uint32_t device, std::uint64_t offset, std::uint64_t length) override;

private:
    const TestDevices &devices_;
    base::Mutex mutex_;
    std::map<std::uint64_t, std::vector<std::byte>> before_; ///< of what was written, to put it back
};

enum class Start {
    open,     ///< a writer has `f`, of 3 MiB, open
    closed,   ///< nobody has
    unlinked, ///< open as above, and without its name
};

class World {
public:
    World(server::PublishOptions options, Start start);
    World(const World &) = delete;
    World &operator=(const World &) = delete;
    ~World();

    // Requests; each returns an errno or 0.
    int open(int flags);
    int close(int flags);
    int grow(std::uint64_t size);
    int reserve(std::uint64_t size);
    int resize(std::uint64_t size);
    int unlink(const char *name);
    int rename(const char *from, const char *to);
    int change_mode();
    int publish(server::Selection::Reach reach);
    int make(const char *name);

    /// What anybody can see now: names, sizes, modes, the log and its free slots.
    std::string visible();
    /// What is wrong, or "".
    std::string fault();
    /// Closes everything, removes what can be removed, and has all of it forgotten: what is wrong then.
    std::string fault_at_end();

private:
    [[nodiscard]] std::vector<std::shared_ptr<server::File>> files() const;
    std::string fault_of_space() const;
    std::string fault_of_records() const;
    std::string fault_of_log() const;
    [[nodiscard]] media::FileSystem logged() const;

    ModelStorage storage_;
    std::unique_ptr<server::Tree> tree_;
    std::unique_ptr<server::MadeFiles> made_;
    std::uint64_t free_at_start_ = 0;
    std::uint64_t f_ = 0;
    std::uint64_t g_ = 0;
    std::atomic<std::uint64_t> third_ = 0;
    std::atomic<int> readers_ = 0; ///< opens that are not closed
    std::atomic<int> writers_ = 0;
};

} // namespace famfs::test
