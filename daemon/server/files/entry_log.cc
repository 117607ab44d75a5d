// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/files/entry_log.h"

namespace famfs::server {

base::Expected<std::unique_ptr<EntryLog>> EntryLog::open(const media::FileSystem &logged, Storage &storage) {
    auto copy = media::LogCopy::create(logged.log_header(),
                                       [&storage](std::uint64_t offset, std::span<const std::byte> bytes) {
                                           return storage.write(0, offset, bytes);
                                       });
    if (!copy)
        return std::unexpected(copy.error());
    auto writer = media::LogWriter::open((*copy)->bytes(), logged, **copy);
    if (!writer)
        return std::unexpected(writer.error());
    return std::make_unique<EntryLog>(*std::move(copy), *writer);
}

base::Expected<void> EntryLog::usable() const {
    auto stored = copy_->stored();
    if (!stored)
        stored.error().hint = "the log cannot be written: nothing more can be made through this mount";
    return stored;
}

base::Expected<void> EntryLog::reserve() {
    const base::Lock lock(mutex_);
    if (auto fine = usable(); !fine)
        return fine;
    if (writer_.free_slots() == reserved_)
        return base::fail(ENOSPC, "reserve a slot of", "the log",
                          "all are used or reserved; a larger log needs a new mkfs --log-len");
    reserved_++;
    return {};
}

void EntryLog::give_back() {
    const base::Lock lock(mutex_);
    reserved_--;
}

base::Expected<void> EntryLog::append(std::span<media::LogEntry> entries) {
    const base::Lock lock(mutex_);
    if (auto fine = usable(); !fine)
        return fine;
    if (auto appended = writer_.append(entries); !appended)
        return std::unexpected(appended.error());
    if (auto fine = usable(); !fine)
        return fine;
    reserved_ -= entries.size();
    return {};
}

std::uint64_t EntryLog::free_slots() const {
    const base::Lock lock(mutex_);
    return writer_.free_slots() - reserved_;
}

} // namespace famfs::server
