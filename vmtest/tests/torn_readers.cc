// SPDX-License-Identifier: GPL-2.0-only
#include "vmtest/tests/torn_readers.h"

#include <algorithm>
#include <cstdio>
#include <sys/wait.h>
#include <unistd.h>

namespace famfs::vmtest {
namespace {

constexpr std::uint64_t told_in_words = 10; ///< wrong words, of each reader
constexpr std::uint64_t passes_of_mapping = 16;

std::string in_words(std::uint64_t word) {
    const auto identity = identity_of(word);
    if (!identity)
        return "a word that nobody wrote: " + std::to_string(word);
    return "page " + std::to_string(identity->page) + " of generation " +
           std::to_string(identity->generation) + " of nodeid " + std::to_string(identity->nodeid);
}

} // namespace

TornReader::TornReader(const FuseServer &server, const Truths &truths, std::uint64_t seed)
    : server_(server), truths_(truths), random_(seed) {
    for (std::uint64_t nodeid = first_torn; nodeid < torn_end; ++nodeid)
        map(nodeid);
}

void TornReader::map(std::uint64_t nodeid) {
    mapped_[nodeid] = std::make_unique<MappedFile>(server_.path(nodeid), file_pages(nodeid) * page_size);
}

void TornReader::run(const std::atomic<bool> &ended) {
    while (!ended)
        read_file(choose());
}

/// Any of them, and often one that is about to move.
std::uint64_t TornReader::choose() {
    if (random_() % 4 == 0) {
        if (const std::uint64_t next = truths_.next[random_() % truths_.next.size()]; next != 0)
            return next;
    }
    return first_torn + random_() % (torn_end - first_torn);
}

/// Twice: the second time there are no faults, and what was entered before must still be true. To the end, or
/// to the first page that is refused: the others would be, too.
void TornReader::read_file(std::uint64_t nodeid) {
    for (std::uint32_t look = 0; look < 2 * file_pages(nodeid); ++look) {
        if (!read_page(nodeid, look % file_pages(nodeid)))
            break;
    }
    if (random_() % passes_of_mapping == 0)
        map(nodeid);
    else
        mapped_[nodeid]->drop();
}

bool TornReader::read_page(std::uint64_t nodeid, std::uint32_t page) {
    std::array<std::uint64_t, 3> words = {};
    const auto *at = reinterpret_cast<const volatile std::uint64_t *>(mapped_[nodeid]->at(page * page_size));
    const FileTruth::Access access(truths_.files[nodeid]);
    const int refused = bus_error_during([&words, at] {
        for (std::size_t i = 0; i < words.size(); ++i)
            words[i] = at[i * 255]; // the first, one in the middle, and nearly the last
    });
    if (refused != 0) {
        count(access.refused());
        return false;
    }
    for (const std::uint64_t word : words)
        judge(access, nodeid, page, word);
    return true;
}

void TornReader::judge(const FileTruth::Access &access, std::uint64_t nodeid, std::uint32_t page,
                       std::uint64_t word) {
    const auto identity = identity_of(word);
    const bool ours = identity && identity->nodeid == nodeid && identity->page == page;
    const std::uint32_t generation = ours ? identity->generation : 0;
    const Verdict verdict = access.saw(generation);
    count(verdict);
    if (verdict == Verdict::wrong && sights_.wrong <= told_in_words)
        std::printf("torn-reads: page %u of nodeid %lu, generations %u to %u, says: %s\n", page, nodeid,
                    access.lowest(), truths_.files[nodeid].newest(), in_words(word).c_str());
    sights_.moved += generation != std::exchange(last_[nodeid], generation) ? 1 : 0;
}

void TornReader::count(Verdict verdict) {
    switch (verdict) {
    case Verdict::right:
        ++sights_.right;
        return;
    case Verdict::wrong:
        ++sights_.wrong;
        return;
    case Verdict::refused:
        ++sights_.refused;
        return;
    case Verdict::lost:
        ++sights_.lost;
    }
}

base::Expected<TornReaders> TornReaders::start(const FuseServer &server, TornState &state) {
    TornReaders readers(state);
    for (std::size_t number = 0; number < state.sights.size(); ++number) {
        const pid_t process = ::fork();
        if (process < 0)
            return base::fail_errno("start", "reader");
        if (process == 0) {
            TornReader reader(server, state.truths, number);
            reader.run(state.ended);
            state.sights[number] = reader.sights();
            std::fflush(stdout);
            ::_exit(0);
        }
        readers.processes_.push_back(process);
    }
    return readers;
}

bool TornReaders::running() const {
    return std::ranges::all_of(processes_, [](pid_t process) {
        siginfo_t ended = {};
        const auto id = static_cast<id_t>(process);
        return ::waitid(P_PID, id, &ended, WEXITED | WNOHANG | WNOWAIT) == 0 && ended.si_pid == 0;
    });
}

bool TornReaders::wait() {
    state_->ended = true;
    bool well = true;
    for (const pid_t process : std::exchange(processes_, {})) {
        int status = 0;
        well = ::waitpid(process, &status, 0) == process && status == 0 && well;
    }
    return well;
}

base::Expected<Sights> TornReaders::end() {
    if (!wait())
        return base::fail(ECHILD, "wait for", "readers", "one of them has not come to its end");
    Sights sum;
    for (const Sights &sights : state_->sights) {
        sum.right += sights.right;
        sum.wrong += sights.wrong;
        sum.refused += sights.refused;
        sum.lost += sights.lost;
        sum.moved += sights.moved;
    }
    return sum;
}

TornReaders::~TornReaders() {
    if (!processes_.empty())
        (void)wait();
}

} // namespace famfs::vmtest
