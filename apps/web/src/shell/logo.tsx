/** Beside the name, which says what it is. */
export function Logo() {
  return (
    <svg width="28" height="28" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="7" fill="#1864ab" />
      <path d="M7 23h18M7 16h7m4 0h7M7 9h18" stroke="#fff" strokeWidth="2.6" strokeLinecap="round" fill="none" />
      <circle cx="16" cy="16" r="3" fill="#ffd43b" />
    </svg>
  );
}
