// SPDX-License-Identifier: GPL-2.0-only
// A host that dies while it writes: in every state that its stores can leave on the medium, what was
// committed is there, whole, with its data; nothing else is; and a writer can go on.
#include "tests/support/crash_states.h"
#include "tests/support/write_session.h"

#include <functional>
#include <gtest/gtest.h>

namespace famfs::test {
namespace {

using media::Author;
using media::FileSystem;
using media::mebibyte;
using media::NewFile;

constexpr std::uint64_t watched = 40 * mebibyte; ///< superblock, log, and the data of the tests' files

/// What the first word of each extent holds, in place of all its data.
std::uint64_t marker(const std::string &path, std::size_t extent) {
    return std::hash<std::string>()(path + "#" + std::to_string(extent)) | 1;
}

class CrashingSession {
public:
    CrashingSession()
        : watch_({session_.devices.primary().first(watched)},
                 [this] { return fault_of(watch_.medium.image(0)); }) {
        author_ = sound(Author::open(session_.devices.primary(), *session_.checked, watch_.medium));
    }

    void directory(const std::string &path) {
        entries_.push_back({path, {}});
        sound(author_->make_directory(path, {}, false));
        committed_++;
    }
    void commit(const NewFile &file) {
        promise(file);
        sound(author_->commit(file));
        committed_++;
    }
    /// From now on the file may be found; for a test that writes the entry itself.
    void promise(const NewFile &file) {
        entries_.push_back({file.path, file.map});
        media::LogEntry entry = media::make_file_entry(file.path, file.map, file.attributes);
        media::seal(entry, entries_.size() - 1);
        promised_ = entry;
    }
    void data(const NewFile &file) {
        for (std::size_t i = 0; i < file.map.extents.size(); i++) {
            const std::uint64_t at = file.map.extents[i].offset;
            media::store(primary(), at, marker(file.path, i));
            watch_.medium.lines(primary().subspan(at, sizeof(std::uint64_t)));
        }
    }
    void crash_now() { watch_.crash_now(); }

    /// As famfsctl cp: space, data and one fence for all, then the entries.
    void copy(const std::vector<std::string> &paths, std::uint64_t size) {
        std::vector<NewFile> group;
        for (const std::string &path : paths) {
            group.push_back(sound(author_->prepare(path, size, {}, {})));
            data(group.back());
        }
        watch_.medium.fence();
        for (const NewFile &file : group)
            commit(file);
    }
    /// As a mount: space as data come, the entry when the file is closed.
    void close(NewFile &file, std::uint64_t size) {
        file.map.size = size;
        watch_.medium.fence();
        commit(file);
        author_->trim(file);
    }

    /// As a mount publishes: data first, then a directory and its files with @steps of the log's index.
    void publish(const std::vector<std::string> &paths, std::size_t steps) {
        std::vector<media::LogEntry> log;
        const auto promised = [&](const std::string &path, const base::FileMap &map) {
            entries_.push_back({path, map});
            return map.size == 0 ? media::make_directory_entry(path, {})
                                 : media::make_file_entry(path, map, {});
        };
        together_ = true;
        log.push_back(promised("d", {}));
        for (const std::string &path : paths) {
            const NewFile file{path, sound(allocator_.allocate(unit + 1)), {}};
            data(file);
            log.push_back(promised(path, file.map));
        }
        watch_.medium.fence();
        auto writer =
            sound(media::LogWriter::open(session_.devices.primary(), *session_.checked, watch_.medium));
        for (std::size_t step = 0; step < steps; step++) {
            const std::size_t from = log.size() * step / steps;
            sound(writer.append(std::span(log).subspan(from, log.size() * (step + 1) / steps - from)));
        }
        committed_ = entries_.size();
    }

    [[nodiscard]] Author &author() { return *author_; }
    [[nodiscard]] Medium &medium() { return watch_.medium; }
    [[nodiscard]] std::span<std::byte> primary() const { return session_.devices.primary(); }
    [[nodiscard]] const media::LogEntry &promised() const { return promised_; }
    /// What was wrong first, if anything.
    [[nodiscard]] const std::string &fault() const { return watch_.fault; }
    [[nodiscard]] std::uint64_t states() const { return watch_.states; }

private:
    struct Entry {
        std::string path;
        base::FileMap map; ///< of size 0: a directory
    };

    std::string fault_of(std::span<std::byte> image) {
        const auto parsed = FileSystem::parse(image, session_.devices.sizes());
        if (!parsed)
            return parsed.error().message();
        for (const media::Problem &problem : parsed->problems())
            if (problem.code != "log-next-seqnum") // set right by the next writer
                return problem.message;
        const std::size_t found = parsed->usage().log_used;
        if (found < committed_ || found > entries_.size())
            return std::to_string(found) + " entries, " + std::to_string(committed_) + " committed of " +
                   std::to_string(entries_.size());
        if (together_ && found != committed_ && found != entries_.size())
            return std::to_string(found) + " entries of a publication of " + std::to_string(entries_.size());
        for (std::size_t i = 0; i < found; i++)
            if (std::string fault = fault_of(entries_[i], *parsed, image); !fault.empty())
                return entries_[i].path + ": " + fault;
        const auto author = Author::open(image, *parsed, *session_.devices.write_back);
        return author ? "" : author.error().message();
    }

    static std::string fault_of(const Entry &entry, const FileSystem &fs, std::span<const std::byte> image) {
        const media::Node *node = fs.find_path(entry.path);
        if (node == nullptr)
            return "not there";
        if (node->directory != (entry.map.size == 0) || node->map.size != entry.map.size)
            return "something else";
        for (std::size_t i = 0; i < node->map.extents.size(); i++) {
            const base::Extent &extent = node->map.extents[i];
            if (i >= entry.map.extents.size() || extent.offset != entry.map.extents[i].offset)
                return "in another place";
            if (media::snapshot<std::uint64_t>(image, extent.offset) != marker(entry.path, i))
                return "without its data";
        }
        return {};
    }

    Session session_;
    CrashWatch watch_;
    std::optional<Author> author_;
    media::Allocator allocator_{*session_.checked, 1};
    bool together_ = false;      ///< all of entries_ or none
    std::vector<Entry> entries_; ///< that may be there, in log order
    std::size_t committed_ = 0;  ///< how many must be there
    media::LogEntry promised_{};
};

TEST(MediaCrash, DirectoriesAndCopiedFiles) {
    CrashingSession session;
    session.directory("d");
    session.copy({"one"}, 1);
    session.directory("d/e");
    session.copy({"d/two", "d/e/three", "d/four"}, unit + 5);
    session.directory("d/e/f");
    session.crash_now();
    EXPECT_EQ(session.fault(), "");
    EXPECT_GT(session.states(), 1000U);
    RecordProperty("states", static_cast<int>(session.states()));
}

TEST(MediaCrash, FilesWrittenThroughAMount) {
    CrashingSession session;
    NewFile one = sound(session.author().begin("one", {}));
    NewFile two = sound(session.author().begin("two", {}));
    sound(session.author().grow(one, 1));
    session.data(one);
    sound(session.author().grow(two, unit));
    session.data(two);
    sound(session.author().grow(one, 2 * unit));
    ASSERT_EQ(one.map.extents.size(), 2U);
    session.data(one);
    session.close(one, unit + 1);
    NewFile gone = sound(session.author().begin("gone", {}));
    sound(session.author().grow(gone, 3 * unit));
    session.data(gone);
    session.author().trim(gone);
    session.author().abandon(gone);
    NewFile three = sound(session.author().begin("three", {}));
    sound(session.author().grow(three, unit));
    session.data(three);
    session.close(three, 7);
    session.close(two, 5);
    session.crash_now();
    EXPECT_EQ(session.fault(), "");
    EXPECT_GT(session.states(), 1000U);
    RecordProperty("states", static_cast<int>(session.states()));
}

TEST(MediaCrash, APublicationIsThereAsAWhole) {
    CrashingSession session;
    session.publish({"d/one", "d/two", "d/three", "d/four"}, 1);
    session.crash_now();
    EXPECT_EQ(session.fault(), "");
    EXPECT_GT(session.states(), 1000U);
    RecordProperty("states", static_cast<int>(session.states()));
}

TEST(MediaCrash, APublicationInTwoStepsIsFound) {
    CrashingSession session;
    session.publish({"d/one", "d/two", "d/three", "d/four"}, 2);
    EXPECT_NE(session.fault(), "");
}

/// Writers that are careless in one way each, to see that it is found.
class MediaCrashCareless : public testing::Test {
protected:
    MediaCrashCareless() : file_(sound(session_.author().prepare("file", 1, {}, {}))) {
        session_.directory("d");
    }
    void data() {
        session_.data(file_);
        session_.medium().fence();
    }
    void entry() {
        media::store(session_.primary(), media::entry_offset(1), session_.promised());
        session_.medium().lines(session_.primary().subspan(media::entry_offset(1), sizeof(media::LogEntry)));
    }
    void index() {
        for (const std::uint64_t counter : {32, 40})
            media::store(session_.primary(), media::log_offset + counter, std::uint64_t{2});
        session_.medium().lines(session_.primary().subspan(media::log_offset, sizeof(media::LogHeader)));
    }
    void fence() { session_.medium().fence(); }

    CrashingSession session_;
    NewFile file_;
};

TEST_F(MediaCrashCareless, CarefulByHand) {
    data();
    session_.promise(file_);
    entry();
    fence();
    index();
    fence();
    EXPECT_EQ(session_.fault(), "");
}

TEST_F(MediaCrashCareless, NoFenceBetweenEntryAndIndex) {
    data();
    session_.promise(file_);
    entry();
    index();
    fence();
    EXPECT_NE(session_.fault().find("not there yet"), std::string::npos) << session_.fault();
}

TEST_F(MediaCrashCareless, IndexBeforeEntry) {
    data();
    session_.promise(file_);
    index();
    fence();
    EXPECT_NE(session_.fault().find("not there yet"), std::string::npos) << session_.fault();
}

TEST_F(MediaCrashCareless, EntryNotWrittenBack) {
    data();
    session_.promise(file_);
    media::store(session_.primary(), media::entry_offset(1), session_.promised());
    fence();
    index();
    fence();
    EXPECT_NE(session_.fault().find("not there yet"), std::string::npos) << session_.fault();
}

TEST_F(MediaCrashCareless, DataBehindTheEntry) {
    session_.commit(file_);
    EXPECT_EQ(session_.fault(), "file: without its data");
}

TEST_F(MediaCrashCareless, NoFenceBehindTheData) {
    session_.data(file_);
    session_.promise(file_);
    entry();
    index();
    fence();
    EXPECT_NE(session_.fault(), "");
}

TEST_F(MediaCrashCareless, DataNotWrittenBack) {
    media::store(session_.primary(), file_.map.extents[0].offset, marker("file", 0));
    fence();
    session_.commit(file_);
    EXPECT_EQ(session_.fault(), "file: without its data");
}

TEST_F(MediaCrashCareless, DoneBeforeTheIndexIsThere) {
    data();
    session_.commit(file_);
    index();
    EXPECT_EQ(session_.fault(), "");
    media::store(session_.primary(), media::log_offset + 40, std::uint64_t{1});
    session_.crash_now();
    EXPECT_EQ(session_.fault(), "1 entries, 2 committed of 2");
}

} // namespace
} // namespace famfs::test
